/**
 * What diagnostics cost a server while nobody looks: the metrics interceptor, a call, and the heap sampler, on code that does
 * nothing but allocate. `node packages/server/bench/diagnostics.ts`
 */
import { createClient, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { shareHeapSampler } from "../src/diagnostics/pprof/heap-sampler.ts";
import { defaultIntervalBytes } from "../src/diagnostics/pprof/object-size.ts";
import { createMetrics } from "../src/index.ts";

const rounds = 15;

/** Medians of interleaved rounds, so that what else the machine does meets both alike. */
async function compare(name: string, unit: string, a: () => Promise<number>, b: () => Promise<number>) {
  const [without, with_]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const [first, second] = [await a(), await b()];
    if (round > 0) {
      without.push(first);
      with_.push(second);
    }
  }
  const median = (values: number[]): number =>
    values.sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;
  const [x, y] = [median(without), median(with_)];
  console.log(
    `${name}: ${x.toFixed(3)} -> ${y.toFixed(3)} ${unit} (+${(y - x).toFixed(3)}, ratio ${(y / x).toFixed(3)})`,
  );
}

function caller(interceptors: Interceptor[]): () => Promise<number> {
  const transport = createRouterTransport(
    (router) => router.service(EchoService, { unaryEcho: ({ text }) => ({ text }) }),
    { router: { interceptors } },
  );
  const client = createClient(EchoService, transport);
  return async () => {
    const calls = 2_000;
    const startedAt = performance.now();
    for (let call = 0; call < calls; call++) {
      await client.unaryEcho({ text: "hello" });
    }
    return ((performance.now() - startedAt) * 1_000) / calls;
  };
}

function allocate(): number {
  const startedAt = performance.now();
  let kept: { index: number; values: number[] }[] = [];
  for (let index = 0; index < 1_000_000; index++) {
    kept.push({ index, values: [index, index] });
    if (kept.length === 10_000) {
      kept = [];
    }
  }
  return performance.now() - startedAt;
}

await compare(
  "metrics interceptor, unary call in process",
  "µs",
  caller([]),
  caller([createMetrics().interceptor]),
);
await compare(
  "heap sampler, a million allocations",
  "ms",
  async () => allocate(),
  async () => {
    const share = await shareHeapSampler(defaultIntervalBytes);
    const ms = allocate();
    share.release();
    return ms;
  },
);
