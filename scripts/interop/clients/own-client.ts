import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { bearerAuth, createTokenSource } from "@wirehouse/interceptors/auth";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { expectEqual } from "./expect.ts";
import type { Python } from "./python.ts";
import { type PythonServer, startPythonServer } from "./python-server.ts";
import type { Report } from "./report.ts";

const client = "connect-node with bearerAuth → grpcio";

/** Our client against a server that nobody here wrote, and that refuses the first token with trailers only. */
export async function tryOwnClient(report: Report, python: Python): Promise<void> {
  const server = await startPythonServer(python);
  report.versions.set(client, python.version);
  const check = (name: string, work: () => Promise<void>) => report.check(client, "grpc", name, work);
  try {
    await check("the server answers UNAUTHENTICATED with trailers only", async () => {
      const { headers, ended } = await callWithoutToken(server.url);
      expectEqual(headers["grpc-status"], "16", "grpc-status in the first headers");
      expectEqual(ended, true, "the stream ends with them");
    });
    const four: [string, (echo: ReturnType<typeof createEcho>) => Promise<void>][] = [
      ["unary", async (echo) => expectEqual((await echo.unaryEcho({ text: "a" })).text, "a", "text")],
      [
        "server streaming",
        async (echo) => {
          const answers = await collect(echo.serverEcho({ text: "a", script: { messages: 3 } }));
          expectEqual(answers.map(({ index }) => index).join(), "0,1,2", "messages");
        },
      ],
      [
        "client streaming",
        async (echo) =>
          expectEqual((await echo.clientEcho(send("a", "b", "c"))).texts.join(), "a,b,c", "texts"),
      ],
      [
        "bidirectional streaming",
        async (echo) => {
          const answers = await collect(echo.bidiEcho(send("a", "b", "c")));
          expectEqual(answers.map(({ text }) => text).join(), "a,b,c", "texts");
        },
      ],
    ];
    for (const [kind, call] of four) {
      await check(`one refresh, one retry: ${kind}`, async () => {
        const seen = (await server.calls()).length;
        const { transport, granted } = createTransport(server);
        await call(createEcho(transport));
        const attempts = (await server.calls()).slice(seen).map(({ authorization }) => authorization);
        expectEqual(attempts.join(), "Bearer old,Bearer good", "attempts");
        expectEqual(granted(), 2, "tokens asked for");
        await call(createEcho(transport));
        expectEqual((await server.calls()).length - seen, 3, "attempts with the next call");
      });
    }
    await check("a stream that has delivered is not repeated", async () => {
      const seen = (await server.calls()).length;
      const echo = createEcho(createTransport(server).transport);
      let delivered = 0;
      const code = await codeOf(async () => {
        const script = { messages: 3, failCode: Code.Unauthenticated, failAfter: 2 };
        for await (const _ of echo.serverEcho({ text: "a", script })) {
          delivered++;
        }
      });
      expectEqual(code, Code.Unauthenticated, "code");
      expectEqual(delivered, 2, "messages");
      expectEqual((await server.calls()).length - seen, 2, "attempts");
    });
    await check("the retry has only the time that is left, and the server learns of the end", async () => {
      const seen = (await server.calls()).length;
      const echo = createEcho(createTransport(server, 400).transport);
      const code = await codeOf(() => echo.unaryEcho({ script: { hold: true } }, { timeoutMs: 1500 }));
      expectEqual(code, Code.DeadlineExceeded, "code");
      const [first, second] = (await server.calls())
        .slice(seen)
        .map(({ timeLeft }) => timeLeft ?? Number.NaN);
      expectEqual((first ?? 0) > 1 && (first ?? 0) <= 1.5, true, `${first} s left at first: as asked for`);
      expectEqual((second ?? 0) <= 1.1, true, `${second} s left for the retry: less`);
      await server.heldEnded;
    });
    await check("gzip from the server", async () => {
      const echo = createEcho(createTransport(server).transport);
      const text = "compressed ".repeat(10_000);
      expectEqual((await echo.unaryEcho({ text })).text === text, true, "same text");
    });
  } finally {
    await server.stop();
  }
}

/** The first token is refused by the server, the second one is good. */
function createTransport({ url }: PythonServer, grantTakesMs = 0) {
  let granted = 0;
  const tokens = createTokenSource({
    grant: async () => {
      granted++;
      if (granted > 1) {
        await new Promise((resolve) => setTimeout(resolve, grantTakesMs));
      }
      return { accessToken: granted === 1 ? "old" : "good", expiresInMs: 3_600_000 };
    },
  });
  const transport = createGrpcTransport({
    baseUrl: url,
    interceptors: [bearerAuth({ tokens, origins: [url] })],
  });
  return { transport, granted: () => granted };
}

function createEcho(transport: Transport) {
  return createClient(EchoService, transport);
}

async function* send(...texts: string[]) {
  for (const text of texts) {
    yield { text };
  }
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of stream) {
    messages.push(message);
  }
  return messages;
}

async function codeOf(work: () => Promise<unknown>): Promise<Code | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  }
}

/** What comes back on the wire, before a client makes an error of it. */
async function callWithoutToken(url: string): Promise<{ headers: IncomingHttpHeaders; ended: boolean }> {
  const session = connectHttp2(url);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<{
      headers: IncomingHttpHeaders;
      ended: boolean;
    }>();
    session.once("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": "/wirehouse.testkit.v1.EchoService/UnaryEcho",
      "content-type": "application/grpc+proto",
      te: "trailers",
    });
    stream.once("error", reject);
    const endOfStream = 1;
    stream.once("response", (headers, flags) => resolve({ headers, ended: (flags & endOfStream) !== 0 }));
    stream.end(new Uint8Array(5));
    return await promise;
  } finally {
    session.close();
  }
}
