// What bearerAuth adds to a unary call with a fresh token: in-process transport, batches with and without in turn. What
// counts is the median of the differences between neighbours: whatever else slows the machine slows both. The least is
// the cost without any disturbance, garbage collection included. Wants an idle machine.
// Run: pnpm --filter @wirehouse/interceptors bench
import { type Client, createClient, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createScriptRunner, createTokenSigner, echoRoutes } from "@wirehouse/testkit";
import { bearerAuth, createTokenSource } from "../src/auth/index.ts";

// Short batches: most of them see no pause of the garbage collector and no other process.
const passes = 3;
const batches = 600;
const warmUps = 200;
const callsPerBatch = 60;
const limitUs = 3;

const accessToken = createTokenSigner().sign({ sub: "bench", iat: 0, exp: 3600 });
const tokens = createTokenSource({ grant: async () => ({ accessToken, expiresInMs: 3_600_000 }) });
await tokens.get();

const plain = client([]);
// A peer: an interceptor that does nothing but set a fixed header, in the way that Connect's documentation shows.
const fixedHeader = client([
  (next) => (request) => {
    request.header.set("authorization", `Bearer ${accessToken}`);
    return next(request);
  },
]);
const withAuth = client([bearerAuth({ tokens })]);

const names = ["no interceptor", "fixed header", "bearerAuth"] as const;
const clients = [plain, fixedHeader, withAuth];
for (let i = 0; i < warmUps; i++) {
  for (const candidate of clients) {
    await batch(candidate);
  }
}
const heapBefore = await heap();
const added: number[] = [];
for (let pass = 1; pass <= passes; pass++) {
  const samples: number[][] = [[], [], []];
  for (let i = 0; i < batches; i++) {
    // In another order each time: who runs after whom must not matter.
    for (let turn = 0; turn < clients.length; turn++) {
      const index = (i + turn) % clients.length;
      samples[index]?.push(await batch(clients[index] ?? plain));
    }
  }
  const base = samples[0] ?? [];
  console.log(`| pass ${pass}: unary call, in process | median µs/call | adds µs | ratio | least adds µs |`);
  console.log("|---|---|---|---|---|");
  for (const [index, values] of samples.entries()) {
    const adds = median(values.map((value, i) => value - (base[i] ?? 0)));
    const least = Math.min(...values) - Math.min(...base);
    const figures = [median(values).toFixed(2), adds.toFixed(2), (1 + adds / median(base)).toFixed(3)];
    console.log(`| ${[names[index], ...figures, least.toFixed(2)].join(" | ")} |`);
    if (index === clients.indexOf(withAuth)) {
      added.push(adds);
    }
  }
}
const grown = (await heap()) - heapBefore;
console.log(
  `bearerAuth adds ${median(added).toFixed(2)} µs, median of ${passes} passes (limit ${limitUs} µs)`,
);
console.log(
  `heap after ${passes * batches * callsPerBatch} calls with each: ${(grown / 1024).toFixed(0)} KiB more`,
);
process.exitCode = median(added) < limitUs ? 0 : 1;

function client(interceptors: Interceptor[]): Client<typeof EchoService> {
  const routes = createRouterTransport((router) => echoRoutes(router, createScriptRunner()), {
    transport: { interceptors },
  });
  return createClient(EchoService, routes);
}

/** Microseconds a call. */
async function batch(candidate: Client<typeof EchoService>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < callsPerBatch; i++) {
    await candidate.unaryEcho({ text: "x" });
  }
  return ((performance.now() - start) * 1000) / callsPerBatch;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function heap(): Promise<number> {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
