import { Code, ConnectError } from "@connectrpc/connect";
import { callEcho, createTestClock } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { clientRateLimit, serverRateLimit } from "./index.ts";
import { createTokenBuckets } from "./token-bucket.ts";

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it("server: refuses what is beyond the rate and says when to come back", async () => {
    const clock = createTestClock();
    await using pair = await startPair(protocol, {
      server: [serverRateLimit({ ...clock, perSecond: 0.5, burst: 2 })],
    });
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    const { error } = await callEcho(kind, pair.transport);
    expect.assert(error instanceof ConnectError);
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.metadata.get("retry-after")).toBe("2");
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("2000");
    clock.advance(2000);
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
  });

  it("client: waits for its turn", async () => {
    const clock = createTestClock();
    const sleep = async (ms: number): Promise<void> => clock.advance(ms);
    await using pair = await startPair(protocol, {
      client: [clientRateLimit({ ...clock, perSecond: 10, burst: 1, sleep })],
    });
    for (let i = 0; i < 5; i++) {
      expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    }
    expect(clock.now()).toBe(400);
  });
});

it("client: fails at once when the turn comes after the deadline, or when told to", async () => {
  const clock = createTestClock();
  const base = { ...clock, perSecond: 1, burst: 1 };
  for (const options of [base, { ...base, onLimit: "fail" as const }]) {
    await using pair = await startPair("grpc", { client: [clientRateLimit(options)] });
    expect((await callEcho("unary", pair.transport)).error).toBeUndefined();
    const { error } = await callEcho("unary", pair.transport, { timeoutMs: 900 });
    expect(ConnectError.from(error).code).toBe(Code.ResourceExhausted);
    expect(pair.server.calls.length).toBe(1);
  }
});

it("client: an aborted waiter gives its turn back", async () => {
  const clock = createTestClock();
  await using pair = await startPair("grpc", {
    client: [clientRateLimit({ ...clock, perSecond: 1, burst: 1 })],
  });
  await callEcho("unary", pair.transport);
  const controller = new AbortController();
  const waiting = callEcho("unary", pair.transport, { signal: controller.signal });
  await clock.untilSleeping();
  controller.abort();
  expect(ConnectError.from((await waiting).error).code).toBe(Code.Canceled);
  const next = callEcho("unary", pair.transport);
  await clock.untilSleeping();
  expect(clock.sleeps).toEqual([1000, 1000]);
  clock.advance(1000);
  expect((await next).error).toBeUndefined();
});

it("keys are counted apart", async () => {
  const key = (request: { method: { name: string } }) => request.method.name;
  await using pair = await startPair("grpc", {
    server: [serverRateLimit({ ...createTestClock(), perSecond: 1, burst: 1, key })],
  });
  expect((await callEcho("unary", pair.transport)).error).toBeUndefined();
  expect((await callEcho("server_streaming", pair.transport)).error).toBeUndefined();
  expect((await callEcho("unary", pair.transport)).error).toBeDefined();
});

it("remembers no more than maxKeys keys, and forgets the one used longest ago", () => {
  const buckets = createTokenBuckets(1, 1, 2, () => 0);
  expect([buckets.take("a"), buckets.take("b"), buckets.take("a")]).toEqual([0, 0, 1000]);
  buckets.take("c");
  expect(buckets.size).toBe(2);
  expect([buckets.take("a"), buckets.take("b")]).toEqual([1000, 0]);
});

it.each([{ perSecond: 0 }, { perSecond: -1 }, { perSecond: 1, burst: 0 }, { perSecond: 1, maxKeys: 0 }])(
  "refuses %j",
  (options) => {
    expect(() => serverRateLimit(options)).toThrow("perSecond must be more than 0");
  },
);
