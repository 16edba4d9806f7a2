import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho } from "@wirehouse/testkit/cases";
import { openTransport, type Protocol } from "@wirehouse/testkit/servers";
import { describe, expect, it } from "vitest";
import { defaultLimits, resolveLimits } from "./limits.ts";
import { type EchoFixture, startEcho } from "./testing/echo.ts";
import { readAll, sendRaw, untilReceived } from "./testing/raw-http1.ts";
import { connectRaw, errorCode, frame, frameType, headerBlock, requestHeaders } from "./testing/raw-http2.ts";

const path = "/wirehouse.testkit.v1.EchoService/UnaryEcho";
const endHeaders = 0x4;
const endBoth = 0x5;

/** The server is well when it serves one more call, over a new connection. */
async function expectAlive(echo: EchoFixture): Promise<void> {
  await using opened = openTransport("grpc", echo.url);
  expect((await callEcho("unary", opened.transport)).error).toBeUndefined();
}

describe("options", () => {
  it("are finite by default, but for the age of connections", () => {
    const infinite = Object.entries(defaultLimits).filter(([, value]) => !Number.isFinite(value));
    expect(infinite.map(([name]) => name)).toEqual(["maxConnectionAgeMs", "maxConnectionAgeGraceMs"]);
  });

  it("an undefined one does not lift a limit", () => {
    expect(resolveLimits({ readMaxBytes: undefined as never })).toEqual(defaultLimits);
  });

  it.each([
    [{ readMaxBytes: Number.POSITIVE_INFINITY }],
    [{ readMaxBytes: 0 }],
    [{ maxConcurrentStreams: 1.5 }],
    [{ idleTimeoutMs: Number.NaN }],
    [{ idleTimeoutMs: 2 ** 31 }],
    [{ readMaxByte: 1 }],
  ])("refuses %j", (limits) => {
    expect(() => resolveLimits(limits as object)).toThrow(
      expect.objectContaining({ code: "invalid_options" }),
    );
  });
});

describe("messages", () => {
  it.each(["grpc", "grpc-web", "connect"] as Protocol[])(
    "%s: one over the limit is ResourceExhausted",
    async (protocol) => {
      await using echo = await startEcho({ limits: { readMaxBytes: 1000, writeMaxBytes: 500 } });
      await using opened = openTransport(protocol, echo.url);
      const client = createClient(EchoService, opened.transport);
      const failure = (text: string) =>
        client.unaryEcho({ text }).then(
          () => undefined,
          (error: ConnectError) => error.code,
        );
      expect(await failure("x".repeat(400))).toBeUndefined();
      expect(await failure("x".repeat(2000))).toBe(Code.ResourceExhausted);
      expect(await failure("x".repeat(700))).toBe(Code.ResourceExhausted);
    },
  );

  it("a service cannot lift the limit with an undefined option", async () => {
    await using echo = await startEcho({
      limits: { readMaxBytes: 1000 },
      routes: (router) =>
        void router.service(EchoService, { unaryEcho: () => ({}) }, { readMaxBytes: undefined as never }),
    });
    await using opened = openTransport("grpc", echo.url);
    await expect(
      createClient(EchoService, opened.transport).unaryEcho({ text: "x".repeat(2000) }),
    ).rejects.toMatchObject({ code: Code.ResourceExhausted });
  });

  it.each(["HTTP/1.1", "HTTP/2"])(
    "over %s one that does not arrive in time is DeadlineExceeded",
    async (version) => {
      await using echo = await startEcho({ limits: { messageTimeoutMs: 50 } });
      if (version === "HTTP/1.1") {
        const answer = await sendRaw(
          echo.port,
          `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{"te`,
        );
        expect(answer).toMatch(/^HTTP\/1.1 504 /);
        expect(answer).toContain("deadline_exceeded");
      } else {
        const raw = connectRaw(echo.port);
        raw.send(frame(frameType.headers, endHeaders, 1, headerBlock(requestHeaders())));
        raw.send(frame(frameType.data, 0, 1, Buffer.from('{"te')));
        const reset = await raw.until(({ type, streamId }) => type === frameType.rstStream && streamId === 1);
        expect(reset.payload.readUInt32BE()).toBe(errorCode.noError);
        expect(raw.frames.find(({ type }) => type === frameType.data)?.payload.toString()).toContain(
          "deadline_exceeded",
        );
        raw.socket.destroy();
      }
      await expectAlive(echo);
    },
  );

  it("a request stream may rest between messages, not inside one", async () => {
    await using echo = await startEcho({ limits: { messageTimeoutMs: 50 } });
    const raw = connectRaw(echo.port);
    const headers = requestHeaders()
      .filter(([name]) => name !== "content-type" && name !== ":path")
      .toSpliced(2, 0, [":path", "/wirehouse.testkit.v1.EchoService/BidiEcho"]);
    headers.push(["content-type", "application/connect+json"]);
    raw.send(frame(frameType.headers, endHeaders, 1, headerBlock(headers)));
    const message = Buffer.from('\0\0\0\0\x0d{"text": "a"}', "latin1");
    for (let index = 0; index < 3; index++) {
      raw.send(frame(frameType.data, 0, 1, message));
      await raw.until(() => raw.frames.filter(({ type }) => type === frameType.data).length > index);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(raw.frames.some(({ type }) => type === frameType.rstStream)).toBe(false);
    raw.send(frame(frameType.data, 0, 1, message.subarray(0, 9)));
    await raw.until(({ type }) => type === frameType.rstStream);
    const texts = raw.frames
      .filter(({ type }) => type === frameType.data)
      .map(({ payload }) => payload.toString());
    expect(texts.at(-1)).toContain("deadline_exceeded");
    raw.socket.destroy();
  });
});

describe("deadlines", () => {
  it("a unary call without one gets the default, and ends though its handler does not", async () => {
    await using echo = await startEcho({ limits: { defaultTimeoutMs: 30 } });
    for (const protocol of ["grpc", "grpc-web", "connect"] as const) {
      await using opened = openTransport(protocol, echo.url);
      const { error } = await callEcho("unary", opened.transport, {
        script: { hold: true, callId: protocol },
      });
      expect((error as ConnectError).code).toBe(Code.DeadlineExceeded);
    }
  });

  it.each(["unary", "server_streaming", "client_streaming", "bidi_streaming"] as const)(
    "%s: one that is longer than allowed is shortened, and holds though the handler ignores it",
    async (kind) => {
      await using echo = await startEcho({ limits: { maxTimeoutMs: 30 } });
      await using opened = openTransport("grpc", echo.url);
      const { error } = await callEcho(kind, opened.transport, {
        timeoutMs: 50_000_000,
        script: { hold: true, callId: "x" },
      });
      expect((error as ConnectError).code).toBe(Code.DeadlineExceeded);
    },
  );
});

describe("connections", () => {
  it("over the limit are closed", async () => {
    await using echo = await startEcho({ limits: { maxConnections: 2 } });
    const sockets = [connect(echo.port, "127.0.0.1"), connect(echo.port, "127.0.0.1")];
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const third = connect(echo.port, "127.0.0.1");
    await once(third, "close");
    expect(echo.server.stats().connections).toBe(2);
    for (const socket of sockets) {
      socket.destroy();
    }
  });

  it.each([
    ["nothing", ""],
    ["half of the preface", "PRI * HTTP/2.0\r\n"],
    ["half of a header", "POST / HTTP/1.1\r\nhost: a"],
  ])("that send %s are closed after the header timeout", async (_, bytes) => {
    await using echo = await startEcho({ limits: { headerTimeoutMs: 50 } });
    const socket = connect(echo.port, "127.0.0.1");
    socket.write(bytes);
    await readAll(socket);
    await expectAlive(echo);
  });

  it("that are idle get a GOAWAY without an error, and are closed; those with a call are not", async () => {
    await using echo = await startEcho({ limits: { idleTimeoutMs: 50 } });
    const busy = connectHttp2(echo.url);
    const stream = busy.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/json",
    });
    stream.end(JSON.stringify({ text: "x", script: { hold: true, callId: "busy" } }));
    await echo.scripts.untilHeld("busy");
    const idle = connectHttp2(echo.url);
    const [code] = await once(idle, "goaway");
    expect(code).toBe(0);
    await once(idle, "close");
    expect(busy.closed).toBe(false);
    echo.scripts.release("busy");
    const [head] = await once(stream, "response");
    expect(head[":status"]).toBe(200);
    stream.resume();
    await once(busy, "close");
  });

  it("that are idle are closed over HTTP/1.1 too", async () => {
    await using echo = await startEcho({ limits: { idleTimeoutMs: 50 } });
    const socket = connect(echo.port, "127.0.0.1");
    socket.write("GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 404 /);
  });

  it("that have reached their age are told to come again, and lose no call", async () => {
    await using echo = await startEcho({ limits: { maxConnectionAgeMs: 50 } });
    const client = connectHttp2(echo.url);
    const stream = client.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
    stream.end(JSON.stringify({ text: "x", script: { hold: true, callId: "old" } }));
    await once(client, "goaway");
    echo.scripts.release("old");
    const [head] = await once(stream, "response");
    expect(head[":status"]).toBe(200);
    stream.resume();
    await once(client, "close");
  });

  it("that do not answer a PING are cut", async () => {
    await using echo = await startEcho({ limits: { keepAliveIntervalMs: 20, keepAliveTimeoutMs: 40 } });
    const raw = connectRaw(echo.port);
    await raw.until(({ type, flags }) => type === frameType.ping && flags === 0);
    await raw.closed;
    await expectAlive(echo);
  });
});

describe("floods", () => {
  it("more streams than allowed are refused, and may be sent again", async () => {
    await using echo = await startEcho({ limits: { maxConcurrentStreams: 5 } });
    // As a client does that has not read the settings yet; of one that has, it is a breach of the protocol.
    const raw = connectRaw(echo.port, { acknowledge: false });
    const block = headerBlock(requestHeaders());
    for (let index = 0; index < 8; index++) {
      raw.send(frame(frameType.headers, endHeaders, 2 * index + 1, block));
    }
    const refused = await raw.until(({ type }) => type === frameType.rstStream);
    expect(refused.payload.readUInt32BE()).toBe(errorCode.refusedStream);
    expect(refused.streamId).toBe(11);
    raw.socket.destroy();
    await expectAlive(echo);
  });

  it("headers over the limit: 431 on HTTP/1.1", async () => {
    await using echo = await startEcho({ limits: { maxHeaderBytes: 4096 } });
    const answer = await sendRaw(echo.port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(5000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    await expectAlive(echo);
  });

  it("headers over the limit: ENHANCE_YOUR_CALM on HTTP/2", async () => {
    await using echo = await startEcho({ limits: { maxHeaderBytes: 4096 } });
    const raw = connectRaw(echo.port);
    raw.send(frame(frameType.headers, endBoth, 1, headerBlock(requestHeaders(["x", "y".repeat(5000)]))));
    const reset = await raw.until(({ type }) => type === frameType.rstStream);
    expect(reset.payload.readUInt32BE()).toBe(errorCode.enhanceYourCalm);
    raw.socket.destroy();
    await expectAlive(echo);
  });

  it("10,000 streams that are reset at once: the connection is cut, memory stays", async () => {
    await using echo = await startEcho();
    const heapBefore = process.memoryUsage().heapUsed;
    const raw = connectRaw(echo.port);
    const block = headerBlock(requestHeaders());
    const cancel = Buffer.from([0, 0, 0, errorCode.cancel]);
    const frames: Buffer[] = [];
    for (let index = 0; index < 10_000; index++) {
      const streamId = 2 * index + 1;
      frames.push(
        frame(frameType.headers, endHeaders, streamId, block),
        frame(frameType.rstStream, 0, streamId, cancel),
      );
    }
    raw.send(...frames);
    await raw.closed;
    await expectAlive(echo);
    expect(echo.server.stats().calls).toBe(0);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(128 * 1024 * 1024);
  });

  it("streams that are reset while their handlers run on: these are bounded", async () => {
    await using echo = await startEcho({ limits: { maxConcurrentStreams: 10 } });
    const raw = connectRaw(echo.port);
    const body = Buffer.from(JSON.stringify({ script: { hold: true, callId: "stuck" } }));
    const cancel = Buffer.from([0, 0, 0, errorCode.cancel]);
    for (let index = 0; index < 60; index++) {
      const streamId = 2 * index + 1;
      raw.send(
        frame(frameType.headers, endHeaders, streamId, headerBlock(requestHeaders())),
        frame(frameType.data, 0x1, streamId, body),
        frame(frameType.rstStream, 0, streamId, cancel),
      );
    }
    raw.send(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await raw.until(({ type, flags }) => type === frameType.ping && flags === 1);
    expect(echo.server.stats().calls).toBeLessThanOrEqual(20);
    raw.socket.destroy();
    await expectAlive(echo);
  });

  it.each<[string, Buffer]>([
    ["PING", frame(frameType.ping, 0, 0, Buffer.alloc(8))],
    ["SETTINGS", frame(frameType.settings, 0, 0)],
  ])("%s frames whose answers are not read: bounded", async (_, one) => {
    await using echo = await startEcho();
    const raw = connectRaw(echo.port);
    await raw.until(({ type }) => type === frameType.settings);
    raw.socket.pause();
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => one));
    let sent = 0;
    // Until the server cuts the connection, or stops reading: then the kernel's buffers fill up, and no drain comes.
    const heapBefore = process.memoryUsage().rss;
    while (!raw.socket.destroyed && sent < 200) {
      sent++;
      if (!raw.socket.write(many)) {
        const drained = await Promise.race([
          once(raw.socket, "drain").then(
            () => true,
            () => false,
          ),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200)),
        ]);
        if (!drained) {
          break;
        }
      }
    }
    expect(process.memoryUsage().rss - heapBefore).toBeLessThan(256 * 1024 * 1024);
    raw.socket.destroy();
    await expectAlive(echo);
  });

  it("CONTINUATION frames without an end: the connection is cut", async () => {
    await using echo = await startEcho();
    const raw = connectRaw(echo.port);
    raw.send(frame(frameType.headers, 0, 1, headerBlock(requestHeaders())));
    const more = frame(frameType.continuation, 0, 1, headerBlock([["x", "y".repeat(1000)]]));
    for (let index = 0; index < 100 && !raw.socket.destroyed; index++) {
      raw.send(more);
    }
    await raw.closed;
    await expectAlive(echo);
  });

  it("a reader that does not read holds up its own response only", async () => {
    await using echo = await startEcho();
    const raw = connectRaw(echo.port);
    const headers = requestHeaders()
      .filter(([name]) => name !== ":path" && name !== "content-type")
      .toSpliced(2, 0, [":path", "/wirehouse.testkit.v1.EchoService/ServerEcho"]);
    headers.push(["content-type", "application/connect+json"]);
    const request = Buffer.from(JSON.stringify({ text: "x".repeat(1000), script: { messages: 1_000_000 } }));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(request.length, 1);
    raw.send(frame(frameType.headers, endHeaders, 1, headerBlock(headers)));
    raw.send(frame(frameType.data, 0x1, 1, Buffer.concat([prefix, request])));
    // The window of 64 KiB is used up, and never opened again.
    await raw.until(
      () =>
        raw.frames
          .filter(({ type }) => type === frameType.data)
          .reduce((sum, { payload }) => sum + payload.length, 0) >= 65_535,
    );
    await expectAlive(echo);
    raw.socket.destroy();
  });
});

describe("arrival", () => {
  it("a body in pieces is one message", async () => {
    await using echo = await startEcho();
    const socket = connect(echo.port, "127.0.0.1");
    const body = JSON.stringify({ text: "pieces" });
    const answered = untilReceived(socket, /"pieces"/);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    for (const byte of body) {
      socket.write(byte);
    }
    expect(await answered).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });
});
