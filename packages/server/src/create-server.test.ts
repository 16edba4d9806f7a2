import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import { callEcho, expectedTexts, rpcKinds } from "@wirehouse/testkit/cases";
import { openTransport, type Protocol } from "@wirehouse/testkit/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer } from "./create-server.ts";
import { type EchoFixture, startEcho } from "./testing/echo.ts";

describe("all protocols on one port, in cleartext", () => {
  let echo: EchoFixture;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo.server.close({ grace: 0 }));

  describe.each(["grpc", "grpc-web", "connect"] as Protocol[])("%s over HTTP/2", (protocol) => {
    it.each(rpcKinds)("serves %s", async (kind) => {
      await using opened = openTransport(protocol, echo.url);
      const outcome = await callEcho(kind, opened.transport);
      expect(outcome).toEqual({ delivered: expectedTexts(kind), error: undefined });
    });

    it.each(rpcKinds)("answers %s with the status that the handler throws", async (kind) => {
      await using opened = openTransport(protocol, echo.url);
      const { error } = await callEcho(kind, opened.transport, {
        script: { failCode: Code.FailedPrecondition, challenge: "Bearer x" },
      });
      expect(error).toBeInstanceOf(ConnectError);
      expect((error as ConnectError).code).toBe(Code.FailedPrecondition);
      expect((error as ConnectError).metadata.get("www-authenticate")).toBe("Bearer x");
    });
  });

  describe.each(["grpc-web", "connect"] as const)("%s over HTTP/1.1", (protocol) => {
    const create = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
    it.each(rpcKinds.filter((kind) => kind !== "bidi_streaming"))("serves %s", async (kind) => {
      const transport = create({ baseUrl: echo.url, httpVersion: "1.1" });
      expect((await callEcho(kind, transport)).delivered).toEqual(expectedTexts(kind));
    });
  });

  it("serves health", async () => {
    await using opened = openTransport("grpc", echo.url);
    const { status } = await createClient(Health, opened.transport).check({});
    expect(status).toBe(1);
  });

  it("answers 404 to what nobody registered", async () => {
    expect((await fetch(`${echo.url}/nothing`)).status).toBe(404);
  });
});

describe("auth", () => {
  it.each([[undefined], [{}], [{ insecure: "yes" }], [{ requestGate: () => {} }], ["none"]])(
    "refuses %j",
    (auth) => {
      expect(() => createServer({ routes: () => {}, auth: auth as never })).toThrow(
        expect.objectContaining({ name: "ServerError", code: "invalid_options" }),
      );
    },
  );
});

describe("diagnostics", () => {
  it("tell of the server's health, calls and connections, also of refused calls, and end with it", async () => {
    await using echo = await startEcho({
      diagnostics: { port: 0, heapSampling: false },
      auth: {
        requestGate: () => {
          throw new ConnectError("no token", Code.Unauthenticated);
        },
        interceptor: (next) => (request) => next(request),
        assertPolicies: () => {},
      },
    });
    const url = echo.server.diagnosticsUrl as string;
    await using opened = openTransport("grpc", echo.url);
    await callEcho("unary", opened.transport);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
      open: { connections: 1, calls: 0 },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/grpc_server_handled_total\{.*grpc_method="UnaryEcho".*Unauthenticated.*\} 1/);
    await echo.server.close({ grace: 0 });
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("cannot listen: the server does not either", async () => {
    await using first = await startEcho({ diagnostics: { port: 0, heapSampling: false } });
    const port = Number(new URL(first.server.diagnosticsUrl as string).port);
    await expect(startEcho({ diagnostics: { port, heapSampling: false } })).rejects.toMatchObject({
      code: "listen_failed",
    });
  });
});
