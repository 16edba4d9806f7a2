import { Code, ConnectError } from "@connectrpc/connect";
import {
  callEcho,
  createTestClock,
  createTokenSigner,
  expectedTexts,
  openTransport,
  type SigningAlgorithm,
  startConnectEchoServer,
  startIdentityProvider,
  startKeySetServer,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../../errors.ts";
import { audience, callContext, createGate, goodClaims, issuer } from "../../testing/gate-fixture.ts";
import { grid } from "../../testing/grid.ts";
import { bearerAuth, createTokenSource } from "../index.ts";
import { jwtGate } from "./jwt-gate.ts";
import { localKeySet } from "./keys/local-key-set.ts";
import { remoteKeySet } from "./keys/remote-key-set.ts";
import type { JwtGateOptions } from "./options.ts";
import { getPrincipal, principalOf } from "./principal.ts";

const realm = `Bearer realm="${audience}"`;
const invalid =
  `${realm}, error="invalid_token", ` +
  'error_description="the access token is expired, revoked, malformed or not meant for this service"';
const repeated = `${realm}, error="invalid_request", error_description="the request must have exactly one access token"`;

/** Asks a gate directly; resolves to its error. */
const ask = (
  gate: { requestGate: ReturnType<typeof createGate>["gate"]["requestGate"] },
  authorization?: string,
) => (async () => gate.requestGate(callContext(authorization)))().then(() => undefined, ConnectError.from);

describe.each(grid)("over $protocol, $kind", ({ protocol, kind }) => {
  it.each([
    ["no token", "", Code.Unauthenticated, realm],
    ["another scheme", "Basic YWRhOng=", Code.Unauthenticated, realm],
    ["a bad token", "Bearer x.y.z", Code.Unauthenticated, invalid],
    ["two tokens", "Bearer a, Bearer b", Code.Unauthenticated, repeated],
  ])("%s is refused with its challenge, and no handler runs", async (_, authorization, code, challenge) => {
    const { gate } = createGate();
    await using server = await startConnectEchoServer({
      requestGate: gate.requestGate,
      router: { interceptors: [gate.interceptor] },
    });
    await using client = openTransport(protocol, server.url);
    const headers: Record<string, string> = authorization === "" ? {} : { authorization };
    const { delivered, error } = await callEcho(kind, client.transport, {
      headers,
      script: { callId: "it" },
    });
    expect(delivered).toEqual([]);
    expect(ConnectError.from(error).code).toBe(code);
    expect(ConnectError.from(error).metadata.get("www-authenticate")).toBe(challenge);
    expect(server.scripts.attempts("it")).toBe(0);
  });

  it("a good token passes", async () => {
    const { gate, token } = createGate();
    await using server = await startConnectEchoServer({
      requestGate: gate.requestGate,
      router: { interceptors: [gate.interceptor] },
    });
    await using client = openTransport(protocol, server.url);
    for (const scheme of ["Bearer", "bearer"]) {
      const headers = { authorization: `${scheme} ${token()}` };
      expect(await callEcho(kind, client.transport, { headers })).toEqual({
        delivered: expectedTexts(kind),
        error: undefined,
      });
    }
  });

  it("bearerAuth renews a token that the gate calls expired, once", async () => {
    const { gate, token, clock } = createGate();
    await using server = await startConnectEchoServer({
      requestGate: gate.requestGate,
      router: { interceptors: [gate.interceptor] },
    });
    let granted = 0;
    // The client believes that its token lives: its server knows better.
    const grant = async () => ({ accessToken: token({ jti: `${++granted}` }), expiresInMs: 86_400_000 });
    await using client = openTransport(protocol, server.url, [
      bearerAuth({ tokens: createTokenSource({ grant }) }),
    ]);
    const whole = { delivered: expectedTexts(kind), error: undefined };
    expect(await callEcho(kind, client.transport)).toEqual(whole);
    clock.advance(3_605_000);
    expect(await callEcho(kind, client.transport)).toEqual(whole);
    expect(granted).toBe(2);
    expect(server.calls).toHaveLength(3);
  });
});

describe("bearerAuth does not renew a token", () => {
  it.each([
    ["that lacks a scope", {}, Code.PermissionDenied],
    [
      "while the keys cannot be fetched",
      { keys: { find: () => ({ kind: "unavailable", cause: 1 }) } },
      Code.Unavailable,
    ],
  ] satisfies [string, Partial<JwtGateOptions>, Code][])("%s", async (_, options, code) => {
    const { gate, token } = createGate(options);
    let granted = 0;
    await using server = await startConnectEchoServer({
      // A policy with a scope, which the echo service does not have.
      requestGate: async (context) => {
        await gate.requestGate(context);
        throw new ConnectError("no scope", Code.PermissionDenied, {
          "www-authenticate": 'Bearer error="insufficient_scope"',
        });
      },
    });
    const grant = async () => ({ accessToken: token({ jti: `${++granted}` }), expiresInMs: 3_600_000 });
    await using client = openTransport("grpc", server.url, [
      bearerAuth({ tokens: createTokenSource({ grant }) }),
    ]);
    const { error } = await callEcho("unary", client.transport);
    expect(ConnectError.from(error).code).toBe(code);
    expect(granted).toBe(1);
  });
});

describe("right tokens", () => {
  it.each<SigningAlgorithm>(["RS256", "PS256", "ES256", "ES384", "EdDSA"])(
    "%s is accepted",
    async (algorithm) => {
      const signer = createTokenSigner("k", algorithm);
      const { gate, token } = createGate({ signer, algorithms: [algorithm] });
      // A signature has other lengths as DER than as a pair: many of them.
      for (let i = 0; i < 50; i++) {
        expect(await ask(gate, `Bearer ${token({ jti: `${i}` })}`)).toBeUndefined();
      }
    },
  );

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a list of audiences", { aud: ["https://other.example.com", audience] }, {}],
    ["no iat, no jti, no scope", { iat: undefined, jti: undefined, scope: undefined }, {}],
    ["typ as a media type", {}, { typ: "application/at+jwt" }],
    ["typ in capitals", {}, { typ: "AT+JWT" }],
    ["no kid", {}, { kid: undefined }],
    ["a header that nobody knows", {}, { "x-note": "hello", x5t: "abc" }],
    ["just expired, within the tolerance", { exp: Date.UTC(2026, 0, 1) / 1000 - 4 }, {}],
    ["not yet valid, within the tolerance", { nbf: Date.UTC(2026, 0, 1) / 1000 + 5 }, {}],
    ["fractions of a second", { exp: Date.UTC(2026, 0, 1) / 1000 + 0.5 }, {}],
  ])("%s: accepted", async (_, claims, header) => {
    const { gate, token } = createGate();
    expect(await ask(gate, `Bearer ${token(claims, header)}`)).toBeUndefined();
  });

  it("keys rotate without a restart and without a refused token", async () => {
    const clock = createTestClock();
    const signers = Array.from({ length: 6 }, (_, i) =>
      createTokenSigner(`key-${i}`, i % 2 === 0 ? "ES256" : "RS256"),
    );
    await using server = await startKeySetServer({ keys: [] });
    const gate = jwtGate({
      issuer,
      audience,
      algorithms: ["ES256", "RS256"],
      // The time limit of a request is real: the clock moves on while one is under way.
      keys: remoteKeySet({ url: server.url, now: clock.now }),
      wallNow: clock.wallNow,
    });
    let accepted = 0;
    for (const index of signers.keys()) {
      // The issuer publishes the new key, keeps the old one for tokens that live, and signs with the new one at once.
      const published = signers.slice(Math.max(0, index - 1), index + 1);
      server.keySet = { keys: published.flatMap((one) => one.keySet.keys) };
      for (let minute = 0; minute < 15; minute++) {
        for (const current of published) {
          expect(await ask(gate, `Bearer ${current.sign(goodClaims(clock.wallNow()))}`)).toBeUndefined();
          accepted++;
        }
        clock.advance(60_000);
      }
    }
    expect(accepted).toBe(165);
    // A key that was taken back: also for a token that is in the cache.
    const old = signers[4]?.sign(goodClaims(clock.wallNow()));
    expect(await ask(gate, `Bearer ${old}`)).toBeUndefined();
    server.keySet = { keys: signers[5]?.keySet.keys ?? [] };
    clock.advance(600_000);
    expect((await ask(gate, `Bearer ${old}`))?.code).toBe(Code.Unauthenticated);
  });

  it("those of an identity provider that publishes its keys", async () => {
    await using idp = await startIdentityProvider();
    const events: unknown[] = [];
    const gate = jwtGate({
      issuer: "testkit",
      audience: "testkit",
      algorithms: ["ES256"],
      keys: remoteKeySet({ url: idp.jwksEndpoint }),
      onRefused: (event) => events.push(event),
    });
    // Its tokens name no issuer: they pass the signature and end there.
    expect((await ask(gate, `Bearer ${idp.issueToken()}`))?.code).toBe(Code.Unauthenticated);
    expect(events).toEqual([expect.objectContaining({ kind: "rejected", reason: "issuer" })]);
  });
});

describe("the principal", () => {
  it("has the claims, and cannot be changed", async () => {
    const { gate, token, clock } = createGate();
    const context = callContext(`Bearer ${token({ scope: "a b", partner: { id: "p1" } })}`);
    await gate.requestGate(context);
    const principal = principalOf(context);
    expect(principal).toMatchObject({
      subject: "ada",
      issuer,
      audience: [audience],
      scopes: new Set(["a", "b"]),
      tokenId: "token-1",
      issuedAtMs: clock.wallNow(),
      expiresAtMs: clock.wallNow() + 3_600_000,
      claims: { client_id: "app", partner: { id: "p1" } },
    });
    expect(gate.getPrincipal(context.values)).toBe(principal);
    expect(getPrincipal(context.values)).toBe(principal);
    expect(() => (principal.scopes as Set<string>).add("admin")).toThrow(TypeError);
    expect(() => Object.assign(principal, { subject: "eve" })).toThrow(TypeError);
    expect(() => Object.assign(principal.claims.partner as object, { id: "p2" })).toThrow(TypeError);
    expect(() => (principal.audience as string[]).push("x")).toThrow(TypeError);
  });

  it("has claims of the user's type; a mapping that throws refuses the token", async () => {
    const { signer, clock, token } = createGate();
    const gate = jwtGate({
      issuer,
      audience,
      algorithms: ["ES256"],
      keys: localKeySet(signer.keySet),
      wallNow: clock.wallNow,
      claims: ({ partner }) => {
        if (typeof partner !== "string") {
          throw new Error("no partner");
        }
        return { partner };
      },
      scopes: ({ scp }) => scp as string[],
    });
    const context = callContext(`Bearer ${token({ partner: "p1", scp: ["a"] })}`);
    await gate.requestGate(context);
    expect(gate.principalOf(context).claims.partner.toUpperCase()).toBe("P1");
    expect(gate.principalOf(context).scopes).toEqual(new Set(["a"]));
    expect((await ask(gate, `Bearer ${token({ partner: 7, scp: [] })}`))?.code).toBe(Code.Unauthenticated);
    expect((await ask(gate, `Bearer ${token({ partner: "p1", scp: 7 })}`))?.code).toBe(Code.Unauthenticated);
  });

  it("is missing where no gate ran", () => {
    expect(() => principalOf(callContext(undefined))).toThrow(
      expect.objectContaining({ constructor: InterceptorError, code: "principal_missing" }),
    );
  });
});

describe("a fault of the verifier is Unavailable, and tells the caller nothing", () => {
  const fails = (): never => {
    throw new Error("secret path /etc/keys");
  };
  it.each<[string, Partial<JwtGateOptions>]>([
    ["keys that are unavailable", { keys: { find: () => ({ kind: "unavailable", cause: "secret" }) } }],
    ["keys that throw", { keys: { find: fails } }],
    ["keys that reject", { keys: { find: async () => fails() } }],
    ["a revocation list that throws", { revoked: fails }],
    [
      "a key that OpenSSL cannot use",
      { keys: { find: () => ({ kind: "found", keys: [{ algorithms: new Set(["ES256"]) }] }) } as never },
    ],
  ])("%s", async (_, options) => {
    const events: unknown[] = [];
    const { gate, token } = createGate({ ...options, onRefused: (event) => events.push(event) });
    const error = await ask(gate, `Bearer ${token()}`);
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "tokens cannot be verified now" });
    expect(error?.metadata.get("www-authenticate")).toBeNull();
    expect(events).toEqual([expect.objectContaining({ kind: "fault" })]);
  });

  it("a log that throws decides nothing", async () => {
    const { gate } = createGate({ onRefused: fails });
    expect((await ask(gate, "Bearer x"))?.code).toBe(Code.Unauthenticated);
  });
});

it("a key is used for its own algorithms only, whatever a source of the user's own answers", async () => {
  const signer = createTokenSigner("k", "PS256");
  const published = localKeySet({ keys: [{ ...signer.keySet.keys[0], alg: "RS256" }] });
  const keys = { find: () => published.find({ id: "k", algorithm: "RS256" }) };
  const { gate, token } = createGate({ signer, keys, algorithms: ["RS256", "PS256"] });
  expect((await ask(gate, `Bearer ${token()}`))?.code).toBe(Code.Unauthenticated);
});

it("a revoked token is refused with each call, also from the cache", async () => {
  const revokedIds = new Set<string | undefined>();
  const { gate, token } = createGate({ revoked: ({ tokenId }) => revokedIds.has(tokenId) });
  const [one, two] = [token({ jti: "one" }), token({ jti: "two" })];
  expect(await ask(gate, `Bearer ${one}`)).toBeUndefined();
  revokedIds.add("one");
  expect((await ask(gate, `Bearer ${one}`))?.metadata.get("www-authenticate")).toBe(invalid);
  expect(await ask(gate, `Bearer ${two}`)).toBeUndefined();
});

it("a token in the query is not looked at", async () => {
  const { gate, token } = createGate();
  await using server = await startConnectEchoServer({ httpVersion: "1.1", requestGate: gate.requestGate });
  const path = "wirehouse.testkit.v1.EchoService/UnaryEcho";
  const query = `connect=v1&encoding=json&message=${encodeURIComponent("{}")}&access_token=${token()}`;
  const refused = await fetch(`${server.url}/${path}?${query}`);
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, realm]);
  const headers = { authorization: `Bearer ${token()}` };
  expect((await fetch(`${server.url}/${path}?${query}`, { headers })).status).toBe(200);
});

it("an interceptor denies a call that has passed no gate", async () => {
  const { gate, token } = createGate();
  // As when a service is registered with `{ requestGate: undefined }`.
  await using server = await startConnectEchoServer({ router: { interceptors: [gate.interceptor] } });
  await using client = openTransport("grpc", server.url);
  const headers = { authorization: `Bearer ${token()}` };
  for (const { kind } of grid) {
    const { delivered, error } = await callEcho(kind, client.transport, { headers });
    expect([delivered, ConnectError.from(error).code]).toEqual([[], Code.PermissionDenied]);
  }
});

it.each<[string, object]>([
  ["no algorithm", { algorithms: [] }],
  ["none", { algorithms: ["none"] }],
  ["a symmetric algorithm", { algorithms: ["ES256", "HS256"] }],
  ["an unknown algorithm", { algorithms: ["es256"] }],
  ["no issuer", { issuer: [] }],
  ["an empty issuer", { issuer: "" }],
  ["an empty audience", { audience: [audience, ""] }],
  ["an undefined audience", { audience: [undefined] }],
  ["a tolerance below 0", { clockToleranceMs: -1 }],
  ["a tolerance of days", { clockToleranceMs: 86_400_000 }],
  ["a realm that breaks the header", { realm: "a\r\nb" }],
])("is not created with %s", (_, options) => {
  expect(() => createGate(options)).toThrow(
    expect.objectContaining({ constructor: InterceptorError, code: "invalid_options" }),
  );
});

it("quotes its realm", async () => {
  const { gate } = createGate({ realm: 'a "b" \\' });
  expect((await ask(gate))?.metadata.get("www-authenticate")).toBe('Bearer realm="a \\"b\\" \\\\"');
});
