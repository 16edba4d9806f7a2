// What runs in the browser: the client side of bearerAuth with @connectrpc/connect-web. run.ts bundles and serves it.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { bearerAuth, passwordTokenSource } from "../src/auth/index.ts";
import { createClientChain } from "../src/chain/index.ts";
import { logging } from "../src/logging/index.ts";
import { clientRateLimit } from "../src/rate-limit/index.ts";
import { clientRequestId } from "../src/request-id/index.ts";
import { retry } from "../src/retry/index.ts";
import { clientTimeout } from "../src/timeout/index.ts";

interface Settings {
  readonly server: string;
  readonly endpoint: string;
}

/** One line of the report: what was done, and what came of it. */
interface Line {
  readonly name: string;
  readonly got: unknown;
  readonly expected: unknown;
}

const settings = (await (await fetch("/settings")).json()) as Settings;
const lines: Line[] = [];
try {
  for (const [name, create] of [
    ["connect", createConnectTransport],
    ["grpc-web", createGrpcWebTransport],
  ] as const) {
    const tokens = passwordTokenSource({
      endpoint: settings.endpoint,
      username: "ada",
      password: "correct horse",
    });
    const codes: (string | undefined)[] = [];
    const interceptors = createClientChain({
      requestId: clientRequestId(),
      logging: logging({ side: "client", log: (entry) => codes.push(entry.code) }),
      timeout: clientTimeout({ timeoutMs: 10_000 }),
      rateLimit: clientRateLimit({ perSecond: 100 }),
      retry: retry(),
      auth: bearerAuth({ tokens }),
    });
    const client = createClient(EchoService, create({ baseUrl: settings.server, interceptors }));
    const stream = async (): Promise<number[]> => {
      const indexes: number[] = [];
      for await (const message of client.serverEcho({ text: "s", script: { messages: 3 } })) {
        indexes.push(message.index);
      }
      return indexes;
    };
    const first = await tokens.get();
    lines.push({
      name: `${name}: unary, fresh token`,
      got: (await client.unaryEcho({ text: "a" })).text,
      expected: "a",
    });
    await fetch("/expire", { method: "POST" });
    lines.push({
      name: `${name}: unary, expired token`,
      got: (await client.unaryEcho({ text: "b" })).text,
      expected: "b",
    });
    await fetch("/expire", { method: "POST" });
    lines.push({ name: `${name}: server stream, expired token`, got: await stream(), expected: [0, 1, 2] });
    await fetch("/expire", { method: "POST" });
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => client.unaryEcho({ text: `${i}` })));
    lines.push({ name: `${name}: 20 concurrent calls, expired token`, got: many.length, expected: 20 });
    lines.push({
      name: `${name}: one refresh for each expiry`,
      got: (await tokens.get()).generation,
      expected: 4,
    });
    lines.push({ name: `${name}: every call ended well`, got: [...new Set(codes)], expected: ["OK"] });
    lines.push({
      name: `${name}: the token hides`,
      got: JSON.stringify(first),
      expected: '"AccessToken(generation 1)"',
    });
  }
} catch (error) {
  lines.push({ name: "no error", got: String(error), expected: "none" });
}
await fetch("/result", { method: "POST", body: JSON.stringify(lines) });
