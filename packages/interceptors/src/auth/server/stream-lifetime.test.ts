import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type HandlerContext,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import {
  callEcho,
  createStateWatcher,
  createTestClock,
  openTransport,
  startConnectEchoServer,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { createGate } from "../../testing/gate-fixture.ts";
import { grid } from "../../testing/grid.ts";
import { principalOf } from "./principal.ts";

const streams = grid.filter(({ kind }) => kind !== "unary");

/** A server whose handlers all wait: for a request that does not come, or for nothing but their signal. */
async function startIdleServer(options: Parameters<typeof createGate>[0] = {}) {
  const watcher = createStateWatcher();
  const fixture = createGate(options);
  const state = { open: 0, aborted: 0, released: 0 };
  const hold = async (context: HandlerContext): Promise<void> => {
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    state.aborted++;
  };
  const enter = (context: HandlerContext): void => {
    expect(principalOf(context).subject).toBe("ada");
    state.open++;
    watcher.changed();
  };
  const leave = (): void => {
    state.released++;
    watcher.changed();
  };
  const handler = connectNodeAdapter({
    requestGate: fixture.gate.requestGate,
    interceptors: [fixture.gate.interceptor],
    routes: (router) =>
      router.service(EchoService, {
        async unaryEcho(_, context) {
          enter(context);
          await watcher.until(() => state.released > 0);
          return { text: `aborted: ${context.signal.aborted}` };
        },
        async *serverEcho({ text }, context) {
          enter(context);
          try {
            yield { text };
            await hold(context);
          } finally {
            leave();
          }
        },
        async clientEcho(requests, context) {
          enter(context);
          try {
            const texts: string[] = [];
            for await (const { text } of requests) {
              texts.push(text);
            }
            return { texts };
          } finally {
            state.aborted += context.signal.aborted ? 1 : 0;
            leave();
          }
        },
        async *bidiEcho(requests, context) {
          enter(context);
          try {
            for await (const { text } of requests) {
              yield { text };
            }
          } finally {
            state.aborted += context.signal.aborted ? 1 : 0;
            leave();
          }
        },
      }),
  });
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(handler).on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...fixture,
    state,
    release: leave,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    until: (holds: () => boolean) => watcher.until(holds),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) {
        session.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts a call that sends one message and then nothing. */
function openIdle(
  server: Awaited<ReturnType<typeof startIdleServer>>,
  { protocol, kind }: (typeof grid)[number],
  token = server.token({ exp: server.clock.wallNow() / 1000 + 2 }),
) {
  const client = openTransport(protocol, server.url);
  const never = new Promise<void>(() => undefined);
  let ended = false;
  const outcome = callEcho(
    kind,
    {
      ...client.transport,
      stream: (method, signal, timeoutMs, header, input, contextValues) =>
        client.transport.stream(
          method,
          signal,
          timeoutMs,
          header,
          (async function* () {
            for await (const message of input) {
              yield message;
              if (kind !== "server_streaming") {
                await never;
              }
            }
          })(),
          contextValues,
        ),
    },
    { headers: { authorization: `Bearer ${token}` } },
  ).finally(() => {
    ended = true;
  });
  return { outcome, ended: () => ended, [Symbol.asyncDispose]: () => client.close() };
}

const endedByToken = (error: unknown) => {
  const { code, metadata } = ConnectError.from(error);
  return { code, invalid: /^Bearer .*error="invalid_token"/.test(metadata.get("www-authenticate") ?? "") };
};

describe.each(streams)("an idle stream: $protocol, $kind", (call) => {
  it("ends when its token does, with the tolerance, and its handler is released", async () => {
    await using server = await startIdleServer();
    await using stream = openIdle(server, call);
    await server.until(() => server.state.open === 1);
    await server.clock.untilSleeping();
    server.clock.advance(6999);
    await new Promise((resolve) => setImmediate(resolve));
    expect([stream.ended(), server.state.aborted]).toEqual([false, 0]);
    server.clock.advance(1);
    const { error } = await stream.outcome;
    expect(endedByToken(error)).toEqual({ code: Code.Unauthenticated, invalid: true });
    await server.until(() => server.state.released === 1);
    expect(server.state.aborted).toBe(1);
  });

  it("ends when its token is revoked, and others go on", async () => {
    const revoked = new Set<string>();
    const listeners = new Set<() => void>();
    await using server = await startIdleServer({
      revoked: {
        isRevoked: ({ tokenId }) => revoked.has(tokenId ?? ""),
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    });
    await using one = openIdle(server, call, server.token({ jti: "one" }));
    await using two = openIdle(server, call, server.token({ jti: "two" }));
    await server.until(() => server.state.open === 2);
    // One subscription, for all streams.
    expect(listeners.size).toBe(1);
    revoked.add("one");
    const notify = (): void => {
      for (const listener of listeners) {
        listener();
      }
    };
    notify();
    expect(endedByToken((await one.outcome).error)).toEqual({ code: Code.Unauthenticated, invalid: true });
    expect([two.ended(), listeners.size]).toEqual([false, 1]);
    revoked.add("two");
    notify();
    await two.outcome;
    // And none once no stream is open.
    expect(listeners.size).toBe(0);
  });
});

it.each<[string, Code, () => boolean, () => () => void]>([
  ["revoked since the gate asked", Code.Unauthenticated, revokedAfter(1), () => () => undefined],
  ["whose revocations cannot be watched", Code.Unavailable, () => false, refuseToWatch],
])("a stream is not opened for a token %s", async (_, code, isRevoked, onChange) => {
  await using server = await startIdleServer({ revoked: { isRevoked, onChange } });
  await using stream = openIdle(server, { protocol: "grpc", kind: "bidi_streaming" });
  expect(ConnectError.from((await stream.outcome).error).code).toBe(code);
  expect(server.state.open).toBe(0);
  expect(server.clock.sleeps).toEqual([]);
});

function revokedAfter(questions: number): () => boolean {
  let asked = 0;
  return () => ++asked > questions;
}

function refuseToWatch(): never {
  throw new Error("no feed");
}

it("ends no unary call", async () => {
  await using server = await startIdleServer();
  await using client = openTransport("grpc", server.url);
  const token = server.token({ exp: server.clock.wallNow() / 1000 + 2 });
  const outcome = callEcho("unary", client.transport, { headers: { authorization: `Bearer ${token}` } });
  await server.until(() => server.state.open === 1);
  server.clock.advance(3_600_000);
  server.release();
  expect(await outcome).toEqual({ delivered: ["aborted: false"], error: undefined });
});

it.each(streams)(
  "leaves neither timer nor listener after a whole stream: $protocol, $kind",
  async ({ protocol, kind }) => {
    const clock = createTestClock();
    let sleeping = 0;
    let listening = 0;
    const { gate, token } = createGate({
      clock,
      sleep: (ms, signal) => {
        sleeping++;
        return clock.sleep(ms, signal).finally(() => sleeping--);
      },
      revoked: {
        isRevoked: () => false,
        onChange: () => {
          listening++;
          return () => listening--;
        },
      },
    });
    await using server = await startConnectEchoServer({
      requestGate: gate.requestGate,
      router: { interceptors: [gate.interceptor] },
    });
    await using client = openTransport(protocol, server.url);
    for (let i = 0; i < 5; i++) {
      const headers = { authorization: `Bearer ${token()}` };
      expect((await callEcho(kind, client.transport, { headers })).error).toBeUndefined();
    }
    await server.untilOpenStreams(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect({ sleeping, listening }).toEqual({ sleeping: 0, listening: 0 });
  },
);

it("releases a handler that waits for a slow reader at a `yield`", async () => {
  const { gate, token, clock } = createGate();
  let released = 0;
  const transport = createRouterTransport(
    (router) =>
      router.service(EchoService, {
        async *serverEcho() {
          try {
            for (;;) {
              yield { text: "more" };
            }
          } finally {
            released++;
          }
        },
      }),
    { router: { requestGate: gate.requestGate, interceptors: [gate.interceptor] } },
  );
  const headers = { authorization: `Bearer ${token({ exp: clock.wallNow() / 1000 + 2 })}` };
  const answers = createClient(EchoService, transport).serverEcho({}, { headers })[Symbol.asyncIterator]();
  expect((await answers.next()).value?.text).toBe("more");
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(7000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(released).toBe(1);
  const rest = (async () => {
    for (;;) {
      if ((await answers.next()).done === true) {
        return "ended well";
      }
    }
  })();
  await expect(rest).rejects.toThrow(expect.objectContaining({ code: Code.Unauthenticated }));
});

it("waits for a token of years in steps that a timer can do, and follows the wall clock", async () => {
  await using server = await startIdleServer();
  const years = server.token({ exp: server.clock.wallNow() / 1000 + 10 * 365 * 86_400 });
  await using stream = openIdle(server, { protocol: "grpc", kind: "bidi_streaming" }, years);
  await server.until(() => server.state.open === 1);
  await server.clock.untilSleeping();
  expect(server.clock.sleeps).toEqual([60_000]);
  server.clock.stepWall(11 * 365 * 86_400_000);
  server.clock.advance(60_000);
  expect(endedByToken((await stream.outcome).error).code).toBe(Code.Unauthenticated);
});
