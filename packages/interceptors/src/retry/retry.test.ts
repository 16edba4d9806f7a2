import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import {
  callEcho,
  createTestClock,
  expectedTexts,
  openTransport,
  peers,
  startEchoServer,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { startPair } from "../testing/grid.ts";
import { createRetryBudget } from "./budget.ts";
import { retry } from "./index.ts";

const sleep = async (): Promise<void> => undefined;
const repeatable = ["unary", "server_streaming"] as const;
const cases = peers.flatMap((peer) => repeatable.map((kind) => ({ ...peer, kind })));

describe.each(cases)("$server, $protocol, $kind", ({ server: name, protocol, kind }) => {
  it("tries again until it works, at most maxAttempts times in all", async () => {
    await using server = await startEchoServer(name);
    await using client = openTransport(protocol, server.url, [
      retry({ sleep, budget: false, maxAttempts: 4 }),
    ]);
    const fail = (failAttempts: number, callId: string) => ({
      script: { failCode: Code.Unavailable, failAttempts, callId },
    });
    expect(await callEcho(kind, client.transport, fail(3, "three"))).toEqual({
      delivered: expectedTexts(kind),
      error: undefined,
    });
    expect(server.scripts.attempts("three")).toBe(4);
    expect(server.calls.map((call) => call.headers["grpc-previous-rpc-attempts"])).toEqual([
      undefined,
      "1",
      "2",
      "3",
    ]);
    const { error } = await callEcho(kind, client.transport, fail(0, "always"));
    expect(ConnectError.from(error).code).toBe(Code.Unavailable);
    expect(server.scripts.attempts("always")).toBe(4);
    await server.untilOpenStreams(0);
  });

  it("does not retry other codes", async () => {
    await using server = await startEchoServer(name);
    await using client = openTransport(protocol, server.url, [retry({ sleep })]);
    const script = { failCode: Code.Internal, callId: "internal" };
    expect(ConnectError.from((await callEcho(kind, client.transport, { script })).error).code).toBe(
      Code.Internal,
    );
    expect(server.scripts.attempts("internal")).toBe(1);
  });
});

describe("what is not repeated", () => {
  it("a server stream after its first message", async () => {
    await using pair = await startPair("grpc", { client: [retry({ sleep, methods: () => true })] });
    const script = { failCode: Code.Unavailable, failAfter: 2, callId: "two" };
    const { delivered, error } = await callEcho("server_streaming", pair.transport, { script });
    expect(delivered).toEqual(["m0", "m1"]);
    expect(ConnectError.from(error).code).toBe(Code.Unavailable);
    expect(pair.server.scripts.attempts("two")).toBe(1);
  });

  it.each(["client_streaming", "bidi_streaming"] as const)("%s calls", async (kind) => {
    await using pair = await startPair("grpc", { client: [retry({ sleep, methods: () => true })] });
    await callEcho(kind, pair.transport, { script: { failCode: Code.Unavailable, callId: "stream" } });
    expect(pair.server.scripts.attempts("stream")).toBe(1);
  });

  it("methods without an idempotency level, unless told", async () => {
    const run = async (callId: string, methods?: () => boolean) => {
      await using pair = await startPair("grpc", { client: [retry({ sleep, ...(methods && { methods }) })] });
      const client = createClient(EchoService, pair.transport);
      const script = { failCode: Code.Unavailable, failAttempts: 1, callId };
      const error = await client.unaryWrite({ text: "x", script }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return { attempts: pair.server.scripts.attempts(callId), failed: error !== undefined };
    };
    expect(await run("default")).toEqual({ attempts: 1, failed: true });
    expect(await run("told", () => true)).toEqual({ attempts: 2, failed: false });
  });
});

describe("a connection that fails", () => {
  const refusals = {
    "closed before the answer": new ConnectError(
      "Stream closed with error code NGHTTP2_REFUSED_STREAM",
      Code.Internal,
      undefined,
      undefined,
      Object.assign(new Error("Stream closed with error code NGHTTP2_REFUSED_STREAM"), {
        code: "ERR_HTTP2_STREAM_ERROR",
      }),
    ),
    reset: new ConnectError("http/2 stream closed with error code REFUSED_STREAM (0x7)", Code.Unavailable),
  };
  const lost = new ConnectError("http/2 stream closed with error code CANCEL (0x8)", Code.Canceled);

  /** Calls a method whose attempts fail with these errors, one after the other, and then work. */
  async function call(method: "unaryEcho" | "unaryWrite", errors: ConnectError[], options = {}) {
    const headers: Headers[] = [];
    const slept: number[] = [];
    const request = {
      stream: false,
      method: EchoService.method[method],
      header: new Headers({ "grpc-timeout": "1000m" }),
      signal: AbortSignal.any([]),
    };
    const interceptor = retry({ sleep: async (ms) => void slept.push(ms), now: () => 10, ...options });
    const outcome = await interceptor(async (sent) => {
      headers.push(sent.header);
      const error = errors[headers.length - 1];
      if (error !== undefined) {
        throw error;
      }
      return {} as never;
    })(request as never).then(
      () => "ok",
      (reason: unknown) => reason,
    );
    const previous = headers.map((header) => header.get("grpc-previous-rpc-attempts"));
    return { outcome, attempts: headers.length, previous, slept: slept.length };
  }

  it.each(Object.entries(refusals))(
    "that refused the stream, %s: sent again at once, whatever the method",
    async (_, refused) => {
      expect(await call("unaryWrite", [refused], { maxAttempts: 1 })).toEqual({
        outcome: "ok",
        attempts: 2,
        previous: [null, null],
        slept: 0,
      });
    },
  );

  it("that refuses a second time: given up, or retried where the method may be", async () => {
    const refused = refusals.reset;
    expect(await call("unaryWrite", [refused, refused])).toMatchObject({ outcome: refused, attempts: 2 });
    expect(await call("unaryEcho", [refused, refused])).toEqual({
      outcome: "ok",
      attempts: 3,
      previous: [null, null, "1"],
      slept: 1,
    });
  });

  it("is no attempt to the budget", async () => {
    const interceptor = retry({ sleep, budget: { tokens: 2, ratio: 0 } });
    const send = (errors: ConnectError[]) =>
      interceptor(async () => {
        const error = errors.shift();
        if (error !== undefined) {
          throw error;
        }
        return {} as never;
      })({
        stream: false,
        method: EchoService.method.unaryEcho,
        header: new Headers(),
        signal: AbortSignal.any([]),
      } as never);
    for (let round = 0; round < 100; round++) {
      await send([refusals.reset]);
    }
  });

  it("that went down: retried where the method may be, as one that is unavailable", async () => {
    expect(await call("unaryEcho", [lost])).toMatchObject({ outcome: "ok", attempts: 2, slept: 1 });
    expect(await call("unaryWrite", [lost])).toMatchObject({ outcome: lost, attempts: 1 });
    expect(await call("unaryEcho", [lost], { codes: [Code.Aborted] })).toMatchObject({ outcome: lost });
  });

  it("is not what a server says in so many words", async () => {
    const said = new ConnectError(refusals.reset.rawMessage, Code.Internal);
    said.isWireError = true;
    expect(await call("unaryWrite", [said])).toMatchObject({ outcome: said, attempts: 1 });
  });
});

describe("delays", () => {
  it("grow exponentially, with jitter, up to the longest", async () => {
    const delays: number[] = [];
    const interceptor = retry({
      maxAttempts: 7,
      maxBackoffMs: 1000,
      budget: false,
      sleep,
      random: () => 1,
      onRetry: ({ delayMs }) => delays.push(Math.round(delayMs)),
    });
    await using pair = await startPair("connect", { client: [interceptor] });
    await callEcho("unary", pair.transport, { script: { failCode: Code.Unavailable } });
    expect(delays).toEqual([120, 240, 480, 960, 1200, 1200]);
  });

  it("do not go past the deadline, and the later attempts have what is left", async () => {
    const clock = createTestClock();
    const interceptor = retry({
      ...clock,
      maxAttempts: 9,
      budget: false,
      random: () => 0.5,
      sleep: async (ms) => clock.advance(ms),
    });
    await using pair = await startPair("grpc", { client: [interceptor] });
    const call = { script: { failCode: Code.Unavailable }, timeoutMs: 1000 };
    const { error } = await callEcho("unary", pair.transport, call);
    expect(ConnectError.from(error).code).toBe(Code.Unavailable);
    expect(pair.server.calls.map((c) => c.timeoutMs)).toEqual([1000, 900, 700, 300]);
  });

  it("end when the call is aborted", async () => {
    const clock = createTestClock();
    await using pair = await startPair("grpc", { client: [retry({ ...clock })] });
    const controller = new AbortController();
    const script = { failCode: Code.Unavailable, callId: "aborted" };
    const call = callEcho("server_streaming", pair.transport, { script, signal: controller.signal });
    await clock.untilSleeping();
    controller.abort();
    expect(ConnectError.from((await call).error).code).toBe(Code.Canceled);
    expect(pair.server.scripts.attempts("aborted")).toBe(1);
  });

  it.each([
    ["50", 2],
    ["-1", 1],
  ])("the server's grpc-retry-pushback-ms: %s decides", async (pushback, attempts) => {
    const clock = createTestClock();
    await using pair = await startPair("grpc", {
      client: [retry({ ...clock, sleep: async (ms) => clock.advance(ms), maxAttempts: 2 })],
      server: [
        () => async () => {
          throw new ConnectError("busy", Code.Unavailable, { "grpc-retry-pushback-ms": pushback });
        },
      ],
    });
    await callEcho("unary", pair.transport);
    expect(pair.server.calls.length).toBe(attempts);
    expect(clock.now()).toBe(attempts === 2 ? 50 : 0);
  });
});

describe("budget", () => {
  it("stops retries at half, and successes bring them back", () => {
    const budget = createRetryBudget({ tokens: 4, ratio: 0.5 });
    budget.failed();
    expect(budget.allows()).toBe(true);
    budget.failed();
    expect(budget.allows()).toBe(false);
    budget.succeeded();
    expect(budget.allows()).toBe(true);
  });

  it("a server that is down gets hardly more calls than without retries", async () => {
    await using pair = await startPair("grpc", { client: [retry({ sleep, maxAttempts: 5 })] });
    for (let i = 0; i < 100; i++) {
      await callEcho("unary", pair.transport, { script: { failCode: Code.Unavailable } });
    }
    expect(pair.server.calls.length).toBeLessThan(110);
  });
});

it.each([0, 1.5, -1, Number.NaN])("refuses maxAttempts: %d", (maxAttempts) => {
  expect(() => retry({ maxAttempts })).toThrow("maxAttempts must be a whole number");
});
