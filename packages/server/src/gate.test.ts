import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { Code, type ConnectError, type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho, rpcKinds } from "@wirehouse/testkit/cases";
import { openTransport, type Protocol } from "@wirehouse/testkit/servers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createServer } from "./create-server.ts";
import { http1Attempts, http2Attempts } from "./gate.testdata.ts";
import type { ServerOptions } from "./options.ts";
import type { ServerErrorEvent } from "./report.ts";
import type { Server } from "./server.ts";
import { readAll, sendRaw } from "./testing/raw-http1.ts";
import { connectRaw, frame, frameType, headerBlock, requestHeaders } from "./testing/raw-http2.ts";
import { createTestAuth } from "./testing/test-auth.ts";

const protocols: readonly Protocol[] = ["grpc", "grpc-web", "connect"];
const unaryPath = "/wirehouse.testkit.v1.EchoService/UnaryEcho";

/** An implementation of each RPC that records that it was reached. */
function recording(reached: string[]) {
  const note = (name: string) => {
    reached.push(name);
    return {};
  };
  return {
    unaryEcho: () => note("unary"),
    unaryWrite: () => note("write"),
    async *serverEcho() {
      note("server");
      yield {};
    },
    clientEcho: async () => note("client"),
    async *bidiEcho() {
      note("bidi");
      yield {};
    },
  };
}

async function start(options: Partial<ServerOptions>): Promise<Server & { url: string; port: number }> {
  const server = createServer({ routes: () => {}, auth: createTestAuth(), ...options });
  const { url, port } = await server.listen();
  return Object.assign(server, { url, port });
}

describe("on the wire", () => {
  const reached: string[] = [];
  let server: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    server = await start({
      routes: (router) => void router.service(EchoService, recording(reached)),
      cors: { origins: ["https://app.example.com"] },
      httpRoutes: [{ method: "GET", path: "/public/*", handle: () => new Response("public") }],
    });
  });
  beforeEach(() => {
    reached.length = 0;
  });
  afterAll(() => server.close({ grace: 0 }));

  it("reaches the handler with the token, in each protocol and kind: the attempts below could", async () => {
    for (const protocol of protocols) {
      await using opened = openTransport(protocol, server.url, [
        (next) => (request) => {
          request.header.set("authorization", "Bearer good");
          return next(request);
        },
      ]);
      for (const kind of rpcKinds) {
        await callEcho(kind, opened.transport);
      }
    }
    expect(reached).toHaveLength(12);
    const answer = await sendRaw(
      server.port,
      `POST ${unaryPath} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer good\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(await http2Status({ authorization: "Bearer good" })).toBe("200");
    expect(reached).toHaveLength(14);
  });

  describe.each(protocols)("%s", (protocol) => {
    it.each(rpcKinds)("refuses %s without the token", async (kind) => {
      await using opened = openTransport(protocol, server.url);
      const { error } = await callEcho(kind, opened.transport);
      expect((error as ConnectError).code).toBe(Code.Unauthenticated);
      expect((error as ConnectError).metadata.get("www-authenticate")).toBe("Bearer");
      expect(reached).toEqual([]);
    });
  });

  it.each(http1Attempts)("HTTP/1.1: $attempt", async ({ bytes }) => {
    await sendRaw(server.port, bytes);
    expect(reached).toEqual([]);
  });

  it.each(http2Attempts)("HTTP/2: $attempt", async ({ headers }) => {
    await http2Status(headers);
    expect(reached).toEqual([]);
  });

  it.each([
    ["bad", "good"],
    ["good", "bad"],
  ])("HTTP/2: the tokens %s and %s", async (...tokens) => {
    const raw = connectRaw(server.port);
    const headers = requestHeaders(
      ...tokens.map((token): [string, string] => ["authorization", `Bearer ${token}`]),
    );
    // END_HEADERS and END_STREAM.
    raw.send(frame(frameType.headers, 0x5, 1, headerBlock(headers)));
    await raw.until(({ streamId }) => streamId === 1);
    raw.socket.destroy();
    expect(reached).toEqual([]);
  });

  it("HTTP/2: the token in the trailers", async () => {
    const client = connectHttp2(server.url);
    const stream = client.request(
      { ":method": "POST", ":path": unaryPath, "content-type": "application/json" },
      { waitForTrailers: true },
    );
    stream.on("error", () => {});
    stream.on("wantTrailers", () => stream.sendTrailers({ authorization: "Bearer good" }));
    stream.end("{}");
    const [head] = await once(stream, "response");
    expect(head[":status"]).toBe(401);
    client.destroy();
    expect(reached).toEqual([]);
  });

  it("credentials of one request do not serve the next one of the connection", async () => {
    const common = `POST ${unaryPath} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n`;
    const answer = await sendRaw(
      server.port,
      `${common}authorization: Bearer good\r\n\r\n{}${common}connection: close\r\n\r\n{}`,
    );
    expect([...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "401"]);
    expect(reached).toEqual(["unary"]);

    const client = connectHttp2(server.url);
    expect(await statusOf(client, { authorization: "Bearer good" })).toBe("200");
    expect(await statusOf(client, {})).toBe("401");
    client.destroy();
    expect(reached).toEqual(["unary", "unary"]);
  });

  it("the preface of HTTP/2 in pieces, then no token", async () => {
    const socket = connectTcp(server.port, "127.0.0.1");
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (const byte of `${preface.slice(0, 20)}X${unaryPath}`) {
      socket.write(byte);
    }
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 400 /);
    expect(reached).toEqual([]);
  });

  async function http2Status(headers: Record<string, string>): Promise<string> {
    const client = connectHttp2(server.url);
    client.on("error", () => {});
    try {
      return await statusOf(client, headers);
    } finally {
      client.destroy();
    }
  }
});

function statusOf(client: ReturnType<typeof connectHttp2>, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const stream = client.request({
      ":method": "POST",
      ":path": unaryPath,
      "content-type": "application/json",
      ...headers,
    });
    let status = "none";
    stream.on("response", (head) => {
      status = `${head[":status"]}`;
    });
    stream.on("error", () => {}).on("close", () => resolve(status));
    stream.resume();
    stream.end("{}");
  });
}

describe("in the registration", () => {
  const admit = async () => {};
  const another = (reached: string[]) =>
    createConnectRouter().service(EchoService, recording(reached)).handlers;

  it.each<[string, (router: ConnectRouter, reached: string[]) => void]>([
    [
      "no gate",
      (router, reached) =>
        router.service(EchoService, recording(reached), { requestGate: undefined as never }),
    ],
    [
      "a gate of its own",
      (router, reached) => router.service(EchoService, recording(reached), { requestGate: admit }),
    ],
    [
      "no interceptors",
      (router, reached) => router.service(EchoService, recording(reached), { interceptors: [] }),
    ],
    [
      "only one protocol",
      (router, reached) =>
        router.service(EchoService, recording(reached), { grpc: false, grpcWeb: false } as object),
    ],
    [
      "a single RPC with a gate of its own",
      (router, reached) =>
        router.rpc(EchoService.method.unaryEcho, recording(reached).unaryEcho, { requestGate: admit }),
    ],
    [
      "a single RPC without a gate",
      (router, reached) =>
        router.rpc(EchoService.method.unaryEcho, recording(reached).unaryEcho, {
          requestGate: undefined as never,
        }),
    ],
    [
      "in a chain",
      (router, reached) =>
        router
          .rpc(EchoService.method.unaryWrite, () => ({}), { requestGate: admit })
          .rpc(EchoService.method.unaryEcho, recording(reached).unaryEcho, { requestGate: admit }),
    ],
  ])("%s: the gate stands all the same", async (_, register) => {
    const reached: string[] = [];
    await using server = await start({ routes: (router) => register(router, reached) });
    for (const protocol of protocols) {
      await using opened = openTransport(protocol, server.url);
      const { error } = await callEcho("unary", opened.transport);
      expect([Code.Unauthenticated, Code.Unknown, Code.Internal]).toContain((error as ConnectError).code);
    }
    expect(reached).toEqual([]);
  });

  it("runs a service's own gate after the server's, and its interceptors inside of the server's", async () => {
    const order: string[] = [];
    const mark = (name: string) => (next: never) => (request: never) => {
      order.push(name);
      return (next as (request: never) => never)(request);
    };
    const auth = createTestAuth({
      requestGate: () => void order.push("gate"),
      interceptor: mark("auth") as never,
    });
    await using server = await start({
      auth,
      interceptors: [mark("server") as never],
      routes: (router) =>
        void router.service(EchoService, recording(order), {
          requestGate: () => void order.push("own gate"),
          interceptors: [mark("own") as never],
        }),
    });
    await using opened = openTransport("grpc", server.url);
    await callEcho("unary", opened.transport);
    expect(order).toEqual(["gate", "own gate", "auth", "server", "own", "unary"]);
  });

  it.each<[string, Partial<ServerOptions>, string]>([
    [
      "handlers put past the router",
      { routes: (router) => void router.handlers.push(...another([])) },
      "TypeError",
    ],
    [
      "handlers that replace others",
      {
        routes: (router) => void Object.assign(router, { handlers: another([]) }),
      },
      "TypeError",
    ],
    [
      "one path twice",
      {
        routes: (router) =>
          void router
            .service(EchoService, recording([]))
            .rpc(EchoService.method.unaryEcho, recording([]).unaryEcho),
      },
      "route_conflict",
    ],
    [
      "an HTTP route on the path of an RPC",
      { httpRoutes: [{ method: "POST", path: unaryPath, handle: () => new Response() }] },
      "route_conflict",
    ],
    [
      "an HTTP route over the paths of RPCs",
      { httpRoutes: [{ method: "POST", path: "/*", handle: () => new Response() }] },
      "route_conflict",
    ],
    [
      "an RPC without a policy",
      {
        auth: createTestAuth({
          assertPolicies: (services) => {
            if (services.includes(EchoService)) {
              throw new RangeError("EchoService/UnaryEcho has no policy");
            }
          },
        }),
      },
      "RangeError",
    ],
  ])("%s: does not start", (_, options, fault) => {
    let error: unknown;
    try {
      createServer({
        auth: createTestAuth(),
        routes: (router) => void router.service(EchoService, recording([])),
        ...options,
      });
    } catch (caught) {
      error = caught;
    }
    expect([(error as Error)?.name, (error as { code?: string })?.code]).toContain(fault);
  });

  it("takes no route once it is created", () => {
    let kept: ConnectRouter | undefined;
    createServer({
      auth: createTestAuth(),
      routes: (router) => {
        kept = router;
      },
    });
    expect(() => kept?.service(EchoService, recording([]))).toThrow(
      expect.objectContaining({ code: "sealed" }),
    );
  });

  it("has the policies of every service checked, its own too", async () => {
    const auth = createTestAuth();
    createServer({ auth, reflection: true, routes: (router) => void router.service(EchoService, {}) });
    expect(auth.asserted.sort()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "wirehouse.testkit.v1.EchoService",
    ]);
  });
});

describe("a gate that fails itself", () => {
  it.each<[string, () => void | Promise<void>]>([
    [
      "throws",
      () => {
        throw new TypeError("key set is broken, secret=hunter2");
      },
    ],
    ["rejects", () => Promise.reject(new TypeError("key set is broken, secret=hunter2"))],
  ])("%s: the call is refused with Unavailable, and the fault reported", async (_, requestGate) => {
    const events: ServerErrorEvent[] = [];
    const reached: string[] = [];
    await using server = await start({
      auth: createTestAuth({ requestGate }),
      onError: (event) => events.push(event),
      routes: (router) => void router.service(EchoService, recording(reached)),
    });
    for (const protocol of protocols) {
      await using opened = openTransport(protocol, server.url);
      const { error } = await callEcho("unary", opened.transport);
      expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "authentication is not available" });
    }
    expect(reached).toEqual([]);
    expect(events.map((event) => event.source)).toEqual(["gate", "gate", "gate"]);
  });

  it("never answers: the call ends at its deadline", async () => {
    const reached: string[] = [];
    await using server = await start({
      auth: createTestAuth({ requestGate: () => new Promise(() => {}) }),
      limits: { defaultTimeoutMs: 20 },
      routes: (router) => void router.service(EchoService, recording(reached)),
    });
    for (const protocol of protocols) {
      await using opened = openTransport(protocol, server.url);
      const { error } = await callEcho("unary", opened.transport);
      expect((error as ConnectError).code).toBe(Code.DeadlineExceeded);
    }
    expect(reached).toEqual([]);
  });
});
