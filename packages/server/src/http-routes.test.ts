import { connect } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho } from "@wirehouse/testkit/cases";
import { openTransport } from "@wirehouse/testkit/servers";
import { describe, expect, it } from "vitest";
import { createServer } from "./create-server.ts";
import type { HttpRoute } from "./http/http-routes.ts";
import type { ServerErrorEvent } from "./report.ts";
import { startEcho } from "./testing/echo.ts";
import { readAll, sendRaw } from "./testing/raw-http1.ts";

const routes: HttpRoute[] = [
  {
    method: "POST",
    path: "/token",
    handle: async (request) =>
      Response.json({ got: await request.text(), type: request.headers.get("content-type") }),
    maxBodyBytes: 100,
  },
  {
    method: "GET",
    path: "/files/*",
    handle: (request, { rest }) => new Response(`${rest}${new URL(request.url).search}`),
  },
  { method: "GET", path: "/files/deep/*", handle: () => new Response("deep") },
  {
    method: "GET",
    path: "/fails",
    handle: () => {
      throw new Error("password is hunter2");
    },
  },
  { method: "GET", path: "/hangs", handle: () => new Promise(() => {}), timeoutMs: 30 },
  {
    method: "GET",
    path: "/cookies",
    handle: () =>
      new Response(null, {
        status: 204,
        headers: [
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ],
      }),
  },
];

describe("HTTP routes", () => {
  it("answer on the port of the RPCs", async () => {
    await using echo = await startEcho({ httpRoutes: routes });
    const answer = await fetch(`${echo.url}/token`, {
      method: "POST",
      body: "grant_type=x",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(await answer.json()).toEqual({ got: "grant_type=x", type: "application/x-www-form-urlencoded" });
    expect(await (await fetch(`${echo.url}/files/a%2fb?x=1`)).text()).toBe("a%2fb?x=1");
    expect(await (await fetch(`${echo.url}/files/deep/x`)).text()).toBe("deep");
    expect((await fetch(`${echo.url}/cookies`)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    await using opened = openTransport("grpc", echo.url);
    expect((await callEcho("unary", opened.transport)).error).toBeUndefined();
  });

  it.each<[string, string, number, string | null]>([
    ["GET", "/token", 405, "POST, OPTIONS"],
    ["OPTIONS", "/files/x", 204, "GET, HEAD, OPTIONS"],
    ["HEAD", "/files/x", 200, null],
    ["GET", "/token/", 404, null],
    ["GET", "/TOKEN", 404, null],
    ["GET", "/files", 404, null],
    ["GET", "/hangs", 503, null],
  ])("%s %s is %i", async (method, path, status, allow) => {
    await using echo = await startEcho({ httpRoutes: routes });
    const answer = await fetch(`${echo.url}${path}`, { method });
    expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({ status, allow });
    if (method === "HEAD") {
      expect(await answer.text()).toBe("");
    }
  });

  it.each(["a length", "chunks"])("a body over the limit is 413, told by %s", async (how) => {
    await using echo = await startEcho({ httpRoutes: routes });
    const head = "POST /token HTTP/1.1\r\nhost: a\r\n";
    const bytes =
      how === "a length"
        ? `${head}content-length: 1000000\r\n\r\n`
        : `${head}transfer-encoding: chunked\r\n\r\n80\r\n${"x".repeat(128)}\r\n`;
    expect(await sendRaw(echo.port, bytes)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("a body that does not come is 408", async () => {
    await using echo = await startEcho({ httpRoutes: routes, limits: { messageTimeoutMs: 30 } });
    const socket = connect(echo.port, "127.0.0.1");
    socket.write("POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it("a handler that throws is 500 without a word of why, which is reported", async () => {
    const events: ServerErrorEvent[] = [];
    await using echo = await startEcho({ httpRoutes: routes, onError: (event) => events.push(event) });
    const answer = await fetch(`${echo.url}/fails`);
    expect([answer.status, await answer.text()]).toEqual([500, "internal error\n"]);
    expect(events).toEqual([
      { source: "http", method: "GET", route: "/fails", error: new Error("password is hunter2") },
    ]);
  });

  it.each(["token", "/a b", "/a?b", "/a*/*"])("refuses the path %j", (path) => {
    expect(() =>
      createServer({
        auth: { insecure: true },
        routes: () => {},
        httpRoutes: [{ method: "GET", path, handle: () => new Response() }],
      }),
    ).toThrow(expect.objectContaining({ code: "invalid_options" }));
  });
});

describe("CORS", () => {
  const origin = "https://app.example.com";
  const preflight = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization",
  };
  const path = "/wirehouse.testkit.v1.EchoService/UnaryEcho";
  const call = (url: string, from: string) =>
    fetch(`${url}${path}`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", origin: from },
    });

  it("answers the preflight request of an allowed origin, with Authorization", async () => {
    await using echo = await startEcho({ cors: { origins: [origin], allowedHeaders: ["X-Request-Id"] } });
    const answer = await fetch(`${echo.url}${path}`, { method: "OPTIONS", headers: preflight });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-headers")).toMatch(
      /Connect-Protocol-Version.*Authorization, X-Request-Id/i,
    );
    expect(answer.headers.get("access-control-max-age")).toBe("7200");
  });

  it("lets pages of allowed origins read WWW-Authenticate and the status of gRPC-Web", async () => {
    await using echo = await startEcho({ cors: { origins: [origin] } });
    const { headers } = await call(echo.url, origin);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-expose-headers")).toMatch(/grpc-status.*WWW-Authenticate/i);
    expect(headers.get("vary")).toContain("Origin");
  });

  it.each(["https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "null"])(
    "gives the origin %s nothing",
    async (other) => {
      await using echo = await startEcho({ cors: { origins: [origin] } });
      const { headers } = await call(echo.url, other);
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
      const answer = await fetch(`${echo.url}${path}`, {
        method: "OPTIONS",
        headers: { ...preflight, origin: other },
      });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    },
  );

  it("allows every origin only when that is written out, and none by default", async () => {
    await using open = await startEcho({ cors: { origins: "*" } });
    expect((await call(open.url, "https://any.example.com")).headers.get("access-control-allow-origin")).toBe(
      "*",
    );
    await using closed = await startEcho();
    expect((await call(closed.url, origin)).headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each([
    "*",
    "https://*.example.com",
    "https://a.example.com/",
    "https://A.example.com",
    "a.example.com",
    "null",
  ])("refuses the origin %j in the list", async (bad) => {
    await expect(startEcho({ cors: { origins: [bad] } })).rejects.toMatchObject({ code: "invalid_options" });
  });
});

describe("errors that callers are not told", () => {
  it.each(["grpc", "grpc-web", "connect"] as const)(
    "%s: are reported once, with the procedure",
    async (protocol) => {
      const events: ServerErrorEvent[] = [];
      const fault = new TypeError("x is not a function");
      const denied = new ConnectError("no", Code.PermissionDenied);
      await using echo = await startEcho({
        onError: (event) => events.push(event),
        routes: (router) =>
          void router.service(EchoService, {
            unaryEcho: () => Promise.reject(fault),
            // biome-ignore lint/correctness/useYield: it fails before.
            serverEcho: async function* () {
              throw fault;
            },
            clientEcho: () => Promise.reject(denied),
          }),
      });
      await using opened = openTransport(protocol, echo.url);
      for (const kind of ["unary", "server_streaming", "client_streaming"] as const) {
        const { error } = await callEcho(kind, opened.transport);
        expect((error as ConnectError).rawMessage).toBe(
          kind === "client_streaming" ? "no" : "internal error",
        );
      }
      const service = "wirehouse.testkit.v1.EchoService";
      expect(events).toEqual([
        { source: "call", procedure: `${service}/UnaryEcho`, protocol, error: fault },
        { source: "call", procedure: `${service}/ServerEcho`, protocol, error: fault },
      ]);
    },
  );
});
