import { inspect } from "node:util";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { callEcho, openTransport, peerCases, rpcKinds, startIdentityProvider } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../errors.ts";
import { type LogEntry, logging } from "../logging/index.ts";
import { clientTelemetry } from "../telemetry/index.ts";
import { startAuth } from "../testing/auth-fixture.ts";
import { createConfinement, isLoopback } from "./confinement.ts";
import { bearerAuth, passwordTokenSource, refreshTokenSource, staticTokenSource } from "./index.ts";

describe.each(rpcKinds)("%s", (kind) => {
  const refused = async (baseUrl: string, options: Partial<Parameters<typeof bearerAuth>[0]>) => {
    let sent = 0;
    const spy: Interceptor = () => async () => {
      sent++;
      throw new ConnectError("reached the network", Code.Aborted);
    };
    const auth = bearerAuth({ tokens: staticTokenSource("secret-token"), ...options });
    await using client = openTransport("grpc", baseUrl, [auth, spy]);
    const { error } = await callEcho(kind, client.transport);
    expect.assert(error instanceof ConnectError);
    return {
      code: error.code,
      cause: error.cause instanceof InterceptorError ? error.cause.code : undefined,
      sent,
    };
  };

  it("cleartext to another machine is refused before anything is sent", async () => {
    const expected = { code: Code.Unauthenticated, cause: "cleartext_refused", sent: 0 };
    expect(await refused("http://api.example.com", {})).toEqual(expected);
    expect(await refused("http://127.0.0.1.example.com", {})).toEqual(expected);
    const allowed = await refused("http://api.example.com", { allowCleartext: true });
    expect(allowed).toEqual({ code: Code.Aborted, cause: undefined, sent: 1 });
  });

  it("an origin that is not allowed is refused before anything is sent", async () => {
    const origins = ["https://api.example.com"];
    const expected = { code: Code.Unauthenticated, cause: "origin_refused", sent: 0 };
    expect(await refused("https://other.example.com", { origins })).toEqual(expected);
    expect(await refused("https://api.example.com:8443", { origins })).toEqual(expected);
    const allowed = await refused("https://api.example.com", { origins });
    expect(allowed).toEqual({ code: Code.Aborted, cause: undefined, sent: 1 });
  });
});

describe("createConfinement", () => {
  it("without a list, keeps to the first origin", () => {
    const confine = createConfinement({});
    confine("https://a.example/x.S/M");
    confine("https://a.example/x.S/N");
    expect(() => confine("https://b.example/x.S/M")).toThrow(
      "not sent to https://b.example: it is for https://a.example",
    );
  });

  it.each([
    "https://a.example@evil.example/s/M",
    "https://a.example\\@evil.example/s/M",
    "https:/\\evil.example/s/M",
    "https://evil.example#https://a.example/s/M",
    "https://a.example.evil.example/s/M",
    "ftp://a.example/s/M",
  ])("is not fooled by %s", (url) => {
    const confine = createConfinement({ origins: ["https://a.example"] });
    confine("https://a.example/s/M");
    const { hostname, protocol } = new URL(url);
    if (hostname === "a.example" && protocol === "https:") {
      expect(() => confine(url)).not.toThrow();
    } else {
      expect(() => confine(url)).toThrow(InterceptorError);
    }
  });

  it.each([
    ["localhost", true],
    ["api.localhost", true],
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["[::1]", true],
    ["LOCALHOST", true],
    ["0.0.0.0", false],
    ["10.0.0.1", false],
    ["127.0.0.1.evil.example", false],
    ["notlocalhost", false],
    ["[::ffff:127.0.0.1]", false],
  ])("loopback: %s is %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe("the token endpoint", () => {
  it("is refused over cleartext when the source is made", () => {
    const options = { username: "ada", password: "p" };
    expect(() => passwordTokenSource({ ...options, endpoint: "http://idp.example/login" })).toThrow(
      "use https:",
    );
    expect(() => refreshTokenSource({ endpoint: "http://idp.example", refreshToken: "r" })).toThrow(
      InterceptorError,
    );
    expect(() => passwordTokenSource({ ...options, endpoint: "https://idp.example/login" })).not.toThrow();
    expect(() => passwordTokenSource({ ...options, endpoint: "not a url" })).toThrow("not a URL");
  });

  it("may not redirect: the credentials do not follow", async () => {
    await using thief = await startIdentityProvider();
    await using fixture = await startAuth();
    fixture.idp.setMode({ kind: "redirect", location: thief.loginEndpoint });
    const { error } = await callEcho("unary", fixture.client.transport);
    expect.assert(error instanceof ConnectError);
    expect(error.code).toBe(Code.Unavailable);
    expect(error.cause).toMatchObject({ code: "token_endpoint_misbehaved" });
    expect(thief.requests.length).toBe(0);
    expect(fixture.server.calls.length).toBe(0);
  });
});

describe("a canary", () => {
  it.each(peerCases)("$server, $protocol, $kind: is in 0 bytes of what a caller can see", async (peer) => {
    const canary = "CANARY-5f3a";
    const seen: unknown[] = [];
    // An interceptor outside: what a logger or tracer would see of the request and the error.
    const observer: Interceptor = (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        seen.push(error);
        throw error;
      } finally {
        // Without the descriptors, which are large, and the message, in which this test tells the server what to repeat.
        const { service: _service, method: _method, message: _message, ...visible } = request;
        seen.push(visible, Object.fromEntries(request.header));
      }
    };
    await using fixture = await startAuth({ peer, idp: { canary } });
    const { idp, server, tokens } = fixture;
    const auth = bearerAuth({ tokens });
    // Loggers and tracers outside and inside of auth: the inner ones do see the header.
    const spans = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    });
    const entries: LogEntry[] = [];
    const log = logging({ side: "client", payload: true, log: (entry) => entries.push(entry) });
    const trace = clientTelemetry({ tracerProvider });
    const chain = [observer, log, trace, auth, log, trace];
    await using client = openTransport(peer.protocol, server.url, chain);
    const token = await tokens.get();
    // A server that repeats the token in its error, as some do.
    const echo = {
      failCode: Code.Unauthenticated,
      challenge: `Bearer error="invalid_token", was="${token.value()}"`,
    };
    seen.push(await callEcho(peer.kind, client.transport, { script: echo }));
    const current = await tokens.get();
    const denied = { failCode: Code.PermissionDenied, challenge: current.value() };
    seen.push(await callEcho(peer.kind, client.transport, { script: denied }));
    idp.setMode({ kind: "wrong", answer: "not-json" });
    idp.expireTokens();
    seen.push(await callEcho(peer.kind, client.transport));
    seen.push(token, tokens, auth, `${token}`, JSON.stringify(token), JSON.stringify(tokens));
    const recorded = spans
      .getFinishedSpans()
      .map(({ name, attributes, status, events }) => ({ name, attributes, status, events }));
    expect([entries.length > 0, recorded.length > 0]).toEqual([true, true]);
    seen.push(entries, recorded);
    const text = seen.map((value) => everything(value)).join("\n");
    expect(server.calls.every((call) => call.headers.authorization?.includes(canary))).toBe(true);
    expect(text.includes("[redacted]")).toBe(true);
    expect(text.split(canary).length - 1).toBe(0);
  });

  it("neither the password nor the refresh token is in an error, even when the endpoint repeats it", async () => {
    const secret = "CANARY-77aa";
    const fetch = async () => new Response(`no such password: ${secret}\u0007${secret}`, { status: 401 });
    const password = passwordTokenSource({
      endpoint: "https://idp.test",
      username: "ada",
      password: secret,
      fetch,
    });
    const refresh = refreshTokenSource({ endpoint: "https://idp.test", refreshToken: secret, fetch });
    for (const tokens of [password, refresh]) {
      const error = await Promise.resolve(tokens.get()).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ message: expect.stringContaining("[redacted] [redacted]") });
      expect(everything([error, tokens]).includes(secret)).toBe(false);
    }
  });

  it("an unreachable endpoint names no credential", async () => {
    const tokens = passwordTokenSource({
      endpoint: "http://127.0.0.1:1",
      username: "ada",
      password: "CANARY-1b",
    });
    const error = await Promise.resolve(tokens.get()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "token_endpoint_unavailable" });
    expect(everything(error).includes("CANARY")).toBe(false);
  });
});

/** All that `util.inspect` shows, hidden fields and causes too, and the stacks. */
function everything(value: unknown): string {
  const stacks: string[] = [];
  for (let error = value; error instanceof Error; error = error.cause) {
    stacks.push(error.message, error.stack ?? "");
  }
  return (
    inspect(value, {
      depth: 20,
      showHidden: true,
      getters: true,
      maxArrayLength: null,
      maxStringLength: null,
    }) + stacks.join("\n")
  );
}
