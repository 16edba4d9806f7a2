import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@wirehouse/proto-grpc-health/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho, expectedTexts, rpcKinds } from "@wirehouse/testkit/cases";
import { openTransport } from "@wirehouse/testkit/servers";
import { describe, expect, it } from "vitest";
import { startEcho } from "./testing/echo.ts";
import { readAll, sendRaw, untilReceived } from "./testing/raw-http1.ts";
import { errorCode } from "./testing/raw-http2.ts";

/** Resolves with the next message of a child that has a field. */
async function message<T extends object>(child: ChildProcess, field: string): Promise<T> {
  for (;;) {
    const [found] = (await once(child, "message")) as [T];
    if (field in found) {
      return found;
    }
  }
}

const perKind = 50;
const protocols = {
  unary: "grpc",
  server_streaming: "grpc-web",
  client_streaming: "connect",
  bidi_streaming: "grpc",
} as const;

describe("SIGTERM, with 200 calls of all kinds in flight", () => {
  it("loses none of them, turns others away, and exits with 0", async () => {
    const child = fork(new URL("./testing/shutdown-process.ts", import.meta.url), {
      env: { ...process.env, GRACE_MS: "30000" },
      execArgv: [],
    });
    const exited = once(child, "exit");
    try {
      const { url } = await message<{ url: string }>(child, "url");
      await using watcher = openTransport("grpc", url);
      const statuses: Status[] = [];
      const watching = (async () => {
        for await (const { status } of createClient(Health, watcher.transport).watch({})) {
          statuses.push(status);
          if (status === Status.NOT_SERVING) {
            return;
          }
        }
      })();
      const transports = rpcKinds.map((kind) => ({ kind, opened: openTransport(protocols[kind], url) }));
      const ids: string[] = [];
      const calls = transports.flatMap(({ kind, opened }) =>
        Array.from({ length: perKind }, async (_, index) => {
          const callId = `${kind}-${index}`;
          ids.push(callId);
          const { delivered, error } = await callEcho(kind, opened.transport, {
            script: { hold: true, callId },
          });
          return { kind, delivered, error };
        }),
      );
      child.send({ hold: ids });
      expect(await message(child, "held")).toEqual({ held: 200 });

      child.kill("SIGTERM");
      await watching;
      expect(statuses).toEqual([Status.SERVING, Status.NOT_SERVING]);
      await expect(untilRefused(url)).resolves.toBeUndefined();

      child.send({ release: ids });
      const outcomes = await Promise.all(calls);
      for (const { kind, delivered, error } of outcomes) {
        expect({ kind, delivered, error }).toEqual({
          kind,
          delivered: expectedTexts(kind),
          error: undefined,
        });
      }
      expect(outcomes).toHaveLength(200);
      expect(await exited).toEqual([0, null]);
      for (const { opened } of transports) {
        await opened.close();
      }
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("a second signal ends the grace period", async () => {
    const child = fork(new URL("./testing/shutdown-process.ts", import.meta.url), {
      env: { ...process.env, GRACE_MS: "600000" },
      execArgv: [],
    });
    const exited = once(child, "exit");
    try {
      const { url } = await message<{ url: string }>(child, "url");
      await using opened = openTransport("grpc", url);
      const call = callEcho("unary", opened.transport, { script: { hold: true, callId: "stuck" } });
      child.send({ hold: ["stuck"] });
      await message(child, "held");
      child.kill("SIGTERM");
      await untilRefused(url);
      child.kill("SIGTERM");
      expect((await call).error).toMatchObject({ code: Code.Unavailable });
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

/** Resolves once a new connection is refused. */
async function untilRefused(url: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const refused = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    });
    socket.destroy();
    if (refused) {
      return;
    }
  }
}

describe("close", () => {
  it.each(rpcKinds)("at the end of the grace period tells %s that hangs: Unavailable", async (kind) => {
    for (const protocol of ["grpc", "grpc-web", "connect"] as const) {
      await using echo = await startEcho();
      await using opened = openTransport(protocol, echo.url);
      const call = callEcho(kind, opened.transport, { script: { hold: true, callId: "x" } });
      await echo.scripts.untilHeld("x");
      await echo.server.close({ grace: 20 });
      const error = (await call).error as ConnectError;
      expect({ protocol, code: error.code, text: error.rawMessage }).toEqual({
        protocol,
        code: Code.Unavailable,
        text: "the server is shutting down",
      });
    }
  });

  it("tells a stream that waits for its client, and one in the middle of its answers", async () => {
    await using echo = await startEcho();
    await using opened = openTransport("grpc", echo.url);
    const client = createClient(EchoService, opened.transport);
    const answers = client
      .bidiEcho(
        (async function* () {
          yield { text: "first" };
          await new Promise(() => {});
        })(),
      )
      [Symbol.asyncIterator]();
    expect((await answers.next()).value).toMatchObject({ text: "first" });
    const next = answers.next();
    const closing = echo.server.close({ grace: 20 });
    await expect(next).rejects.toMatchObject({ code: Code.Unavailable });
    await closing;
  });

  it("tells handlers that want to know at its beginning", async () => {
    await using echo = await startEcho();
    expect(echo.server.draining.aborted).toBe(false);
    const closing = echo.server.close({ grace: 1000 });
    expect(echo.server.draining.aborted).toBe(true);
    await closing;
  });

  it("does not wait for streams that never end, such as health's Watch", async () => {
    await using echo = await startEcho();
    await using opened = openTransport("grpc", echo.url);
    const watch = createClient(Health, opened.transport).watch({})[Symbol.asyncIterator]();
    await watch.next();
    const begun = performance.now();
    await echo.server.close({ grace: 60_000 });
    expect(performance.now() - begun).toBeLessThan(10_000);
    // The last status, NOT_SERVING, is often overtaken by the end.
    await expect(watch.next().then(() => watch.next())).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("refuses a stream that was on its way when the GOAWAY left, unprocessed: it may be sent again elsewhere", async () => {
    await using echo = await startEcho();
    const client = connectHttp2(echo.url);
    const request = (callId: string) => {
      const stream = client.request({
        ":method": "POST",
        ":path": "/wirehouse.testkit.v1.EchoService/UnaryEcho",
        "content-type": "application/json",
      });
      stream.on("error", () => {});
      stream.end(JSON.stringify({ text: callId, script: { hold: callId === "first", callId } }));
      return stream;
    };
    const first = request("first");
    await echo.scripts.untilHeld("first");
    const closing = echo.server.close({ grace: 30_000 });
    // Sent in the same turn: the GOAWAY has not arrived here.
    const late = request("late");
    await new Promise((resolve) => late.once("close", resolve));
    expect(late.rstCode).toBe(errorCode.refusedStream);
    expect(echo.scripts.attempts("late")).toBe(0);
    echo.scripts.release("first");
    const [head] = await once(first, "response");
    expect(head[":status"]).toBe(200);
    first.resume();
    await closing;
  });

  it("closes connections of HTTP/1.1: idle ones at once, others behind their answer", async () => {
    await using echo = await startEcho();
    const request = (callId: string, hold: boolean): string => {
      const body = JSON.stringify({ text: "x", script: { hold, callId } });
      return `POST /wirehouse.testkit.v1.EchoService/UnaryEcho HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    const idle = connect(echo.port, "127.0.0.1");
    idle.write(request("idle", false));
    await untilReceived(idle, /\{"text":"x"\}/);
    const busy = sendRaw(echo.port, request("busy", true));
    await echo.scripts.untilHeld("busy");
    const closing = echo.server.close({ grace: 30_000 });
    await readAll(idle);
    echo.scripts.release("busy");
    expect((await busy).toLowerCase()).toMatch(/^http\/1.1 200 [\s\S]*connection: close/);
    await closing;
  });

  it("is one shutdown, however often it is called; a shorter grace counts", async () => {
    await using echo = await startEcho();
    await using opened = openTransport("grpc", echo.url);
    const call = callEcho("unary", opened.transport, { script: { hold: true, callId: "x" } });
    await echo.scripts.untilHeld("x");
    const first = echo.server.close({ grace: 600_000 });
    await Promise.all([echo.server.close({ grace: 0 }), first, echo.server.closed]);
    expect((await call).error).toMatchObject({ code: Code.Unavailable });
    await expect(echo.server.listen()).rejects.toMatchObject({ code: "already_listening" });
  });

  it("goes on accepting for the drain delay, with health NOT_SERVING", async () => {
    await using echo = await startEcho();
    await using before = openTransport("grpc", echo.url);
    const held = callEcho("unary", before.transport, { script: { hold: true, callId: "held" } });
    await echo.scripts.untilHeld("held");
    const closing = echo.server.close({ grace: 30_000, drainDelay: 300 });
    await using opened = openTransport("grpc", echo.url);
    expect((await createClient(Health, opened.transport).check({})).status).toBe(Status.NOT_SERVING);
    echo.scripts.release("held");
    expect((await held).error).toBeUndefined();
    await closing;
  });
});
