import { Code, ConnectError } from "@connectrpc/connect";
import {
  callEcho,
  createTestClock,
  createTokenSigner,
  rpcKinds,
  startIdentityProvider,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../errors.ts";
import { credentials, startAuth } from "../testing/auth-fixture.ts";
import { createTokenSource, type GrantedToken, passwordTokenSource, type RefreshEvent } from "./index.ts";

const lifetimeMs = 600_000;

/** A grant that counts, and answers when the test says so. */
function countingGrant() {
  const state = { requests: 0, answer: (n: number): Promise<GrantedToken> => Promise.resolve(granted(n)) };
  return { state, grant: () => state.answer(++state.requests) };
}
const granted = (n: number): GrantedToken => ({ accessToken: `token-${n}`, expiresInMs: lifetimeMs });

describe("ahead of expiry", () => {
  it("in the stale window no call waits and one refresh runs", async () => {
    const clock = createTestClock();
    const { state, grant } = countingGrant();
    const tokens = createTokenSource({ grant, ...clock, ahead: { jitter: 0 } });
    const first = await tokens.get();
    clock.advance(first.schedule.staleAt - clock.now() - 1);
    expect(tokens.get()).toBe(first);
    expect(state.requests).toBe(1);
    clock.advance(1);
    const answer = Promise.withResolvers<GrantedToken>();
    state.answer = () => answer.promise;
    for (let i = 0; i < 1000; i++) {
      expect(tokens.get()).toBe(first);
    }
    await Promise.resolve();
    expect(state.requests).toBe(2);
    answer.resolve(granted(2));
    await answer.promise;
    await flush();
    expect(tokens.get()).toMatchObject({ generation: 2 });
  });

  it("an expired token makes calls wait for one refresh", async () => {
    const clock = createTestClock();
    const { state, grant } = countingGrant();
    const tokens = createTokenSource({ grant, ...clock });
    const first = await tokens.get();
    clock.advance(first.schedule.expiresAt - clock.now());
    const [a, b] = await Promise.all([tokens.get(), tokens.get()]);
    expect(a).toBe(b);
    expect(a.generation).toBe(2);
    expect(state.requests).toBe(2);
  });

  it.each([-600_000, 0, 600_000])("a client clock that is off by %d ms changes nothing", async (skewMs) => {
    const clock = createTestClock();
    await using fixture = await startAuth({
      idp: { wallNow: clock.wallNow, skewMs, lifetimeMs },
      source: { ...clock, random: () => 0.5 },
    });
    const { client, idp, server } = fixture;
    let refused = 0;
    // Two hours in steps of ten seconds, on each kind in turn.
    for (let second = 0; second < 7200; second += 10) {
      const { error } = await callEcho(rpcKinds[(second / 10) % 4] ?? "unary", client.transport, {
        messages: 1,
      });
      refused += error === undefined ? 0 : 1;
      clock.advance(10_000);
    }
    expect(refused).toBe(0);
    // Every attempt was admitted: none was repeated.
    expect(server.calls.length).toBe(720);
    expect(idp.requests.length).toBe(15);
  });

  it("jitter spreads 100 clients over at least a tenth of the window", async () => {
    const starts: number[] = [];
    const clock = createTestClock({ seed: 42 });
    for (let i = 0; i < 100; i++) {
      const tokens = createTokenSource({ grant: countingGrant().grant, ...clock });
      starts.push((await tokens.get()).schedule.staleAt);
    }
    const window = lifetimeMs / 5;
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThanOrEqual(window / 10);
  });

  it("a token without a known lifetime is used until a server refuses it", async () => {
    const clock = createTestClock();
    const tokens = createTokenSource({ grant: async () => ({ accessToken: "opaque" }), ...clock });
    const token = await tokens.get();
    clock.advance(1e12);
    expect(tokens.get()).toBe(token);
  });

  it("a token that is dead on arrival counts for one second, so that not each call asks for one", async () => {
    const clock = createTestClock();
    const { state } = countingGrant();
    const grant = async () => ({ accessToken: `t${++state.requests}`, expiresInMs: -5000 });
    const tokens = createTokenSource({ grant, ...clock });
    await tokens.get();
    expect((await tokens.get()).generation).toBe(1);
    expect(state.requests).toBe(1);
  });
});

describe("outage", () => {
  it("token endpoint down 10 s, 1,000 calls: at most 5 token requests, Unavailable with the cause, then recovery", async () => {
    const clock = createTestClock();
    await using fixture = await startAuth({ idp: { wallNow: clock.wallNow, lifetimeMs }, source: clock });
    const { client, idp } = fixture;
    idp.setMode({ kind: "outage" });
    for (let i = 0; i < 1000; i++) {
      const { error } = await callEcho(rpcKinds[i % 4] ?? "unary", client.transport);
      expect.assert(error instanceof ConnectError);
      expect(error.code).toBe(Code.Unavailable);
      expect.assert(error.cause instanceof InterceptorError);
      expect(error.cause.code).toBe("token_endpoint_unavailable");
      expect(error.cause.message).toBe("the token endpoint answered 503: the identity provider is down");
      clock.advance(10);
    }
    expect(idp.requests.length).toBeLessThanOrEqual(5);
    expect(idp.requests.length).toBeGreaterThan(1);
    idp.setMode({ kind: "normal" });
    clock.advance(20_000);
    expect((await callEcho("unary", client.transport)).error).toBeUndefined();
  });

  it.each([0, 0.5, 0.999])("at most 5 requests in 10 s whatever chance says (%d)", async (chance) => {
    const clock = createTestClock();
    const { state, grant } = countingGrant();
    state.answer = () => Promise.reject(new Error("down"));
    const tokens = createTokenSource({ grant, ...clock, random: () => chance });
    for (let i = 0; i < 1000; i++) {
      await expect(tokens.get()).rejects.toMatchObject({ code: "token_unavailable" });
      clock.advance(10);
    }
    expect(state.requests).toBeLessThanOrEqual(5);
  });

  it.each([
    ["30", 30_000],
    [new Date(Date.UTC(2026, 0, 1, 0, 1)).toUTCString(), 60_000],
  ])("Retry-After: %s is honoured", async (retryAfter, ms) => {
    const clock = createTestClock();
    // A date is compared with the server's clock, so a skew of this machine does not matter.
    const events: RefreshEvent[] = [];
    await using idp = await startIdentityProvider({ wallNow: () => Date.UTC(2026, 0, 1) });
    clock.stepWall(-600_000);
    const onRefresh = (event: RefreshEvent): void => void events.push(event);
    const tokens = passwordTokenSource({ ...credentials(idp), ...clock, onRefresh });
    idp.setMode({ kind: "outage", status: 429, retryAfter });
    await expect(tokens.get()).rejects.toMatchObject({
      code: "token_endpoint_unavailable",
      retryAfterMs: ms,
    });
    idp.setMode({ kind: "normal" });
    clock.advance(ms - 1);
    await expect(tokens.get()).rejects.toThrow();
    expect(idp.requests.length).toBe(1);
    clock.advance(1);
    expect((await tokens.get()).generation).toBe(1);
    expect(events.map((event) => event.kind)).toEqual(["failed", "refreshed"]);
  });

  it("a token still valid stays in use", async () => {
    const clock = createTestClock();
    await using fixture = await startAuth({ idp: { wallNow: clock.wallNow, lifetimeMs }, source: clock });
    const { client, idp, tokens } = fixture;
    const { schedule } = await tokens.get();
    idp.setMode({ kind: "outage" });
    for (const at of [schedule.staleAt, schedule.expiresAt, schedule.endsAt - 1]) {
      clock.advance(at - clock.now());
      expect((await callEcho("unary", client.transport)).error).toBeUndefined();
    }
    clock.advance(1);
    expect(ConnectError.from((await callEcho("unary", client.transport)).error).code).toBe(Code.Unavailable);
  });

  it("an expired token that the server refuses during an outage: Unavailable, one attempt", async () => {
    await using fixture = await startAuth();
    const { client, idp, server, tokens } = fixture;
    await tokens.get();
    idp.expireTokens();
    idp.setMode({ kind: "reset" });
    const { error } = await callEcho("bidi_streaming", client.transport);
    expect(ConnectError.from(error).code).toBe(Code.Unavailable);
    expect(server.calls.length).toBe(1);
  });

  it("a slow endpoint: Unavailable after timeoutMs", async () => {
    await using idp = await startIdentityProvider();
    idp.setMode({ kind: "slow" });
    const tokens = passwordTokenSource({ ...credentials(idp), timeoutMs: 30 });
    await expect(tokens.get()).rejects.toMatchObject({
      code: "token_endpoint_unavailable",
      message: "no token within 30 ms: the token endpoint is slow or cannot be reached",
    });
  });
});

describe("refused credentials", () => {
  it("1 token request, one onSessionLost, Unauthenticated; reset starts anew", async () => {
    const lost: InterceptorError[] = [];
    const clock = createTestClock();
    await using fixture = await startAuth({
      source: { ...clock, onSessionLost: (error) => lost.push(error) },
    });
    const { client, idp, tokens } = fixture;
    idp.setMode({ kind: "refused" });
    const calls = Array.from({ length: 100 }, (_, i) =>
      callEcho(rpcKinds[i % 4] ?? "unary", client.transport),
    );
    for (const { error } of await Promise.all(calls)) {
      expect.assert(error instanceof ConnectError);
      expect(error.code).toBe(Code.Unauthenticated);
      expect(error.cause).toMatchObject({ code: "credentials_refused" });
    }
    clock.advance(3_600_000);
    await callEcho("unary", client.transport);
    expect([idp.requests.length, lost.length]).toEqual([1, 1]);
    expect(lost[0]?.message).toBe("the token endpoint answered 401: unknown user or wrong password");
    idp.setMode({ kind: "normal" });
    tokens.reset();
    expect((await callEcho("unary", client.transport)).error).toBeUndefined();
  });

  it("a token still valid stays in use when its renewal is refused", async () => {
    const clock = createTestClock();
    await using fixture = await startAuth({ idp: { wallNow: clock.wallNow, lifetimeMs }, source: clock });
    const { client, idp, tokens } = fixture;
    const { schedule } = await tokens.get();
    idp.setMode({ kind: "refused" });
    clock.advance(schedule.expiresAt - clock.now());
    expect((await callEcho("unary", client.transport)).error).toBeUndefined();
    clock.advance(schedule.endsAt - clock.now());
    expect(ConnectError.from((await callEcho("unary", client.transport)).error).code).toBe(
      Code.Unauthenticated,
    );
    expect(idp.requests.length).toBe(2);
  });

  it("a ConnectError that says Unauthenticated from a custom grant is a refusal too", async () => {
    const { state, grant } = countingGrant();
    state.answer = () => Promise.reject(new ConnectError("wrong password", Code.Unauthenticated));
    const tokens = createTokenSource({ grant });
    await expect(tokens.get()).rejects.toMatchObject({ code: "credentials_refused" });
    await expect(tokens.get()).rejects.toMatchObject({ code: "credentials_refused" });
    expect(state.requests).toBe(1);
  });
});

describe("renew", () => {
  it("gives nothing when the endpoint gives the same token again, and asks it again only after a backoff", async () => {
    const clock = createTestClock();
    const { state, grant } = countingGrant();
    state.answer = async () => ({ accessToken: "same", expiresInMs: lifetimeMs });
    const tokens = createTokenSource({ grant, ...clock });
    const token = await tokens.get();
    for (let i = 0; i < 10; i++) {
      expect(await tokens.renew(token)).toBeUndefined();
    }
    expect(state.requests).toBe(2);
    clock.advance(1200);
    expect(await tokens.renew(token)).toBeUndefined();
    expect(state.requests).toBe(3);
  });

  it("new calls wait for a refresh that a refused token started", async () => {
    const { state, grant } = countingGrant();
    const tokens = createTokenSource({ grant });
    const refused = await tokens.get();
    const answer = Promise.withResolvers<GrantedToken>();
    state.answer = () => answer.promise;
    const renewed = tokens.renew(refused);
    const later = tokens.get();
    expect(later).toBeInstanceOf(Promise);
    answer.resolve(granted(2));
    expect(await later).toBe(await renewed);
    expect(state.requests).toBe(2);
  });

  it("what a hook throws does not make a good token fail", async () => {
    const boom = (): never => {
      throw new Error("hook");
    };
    const tokens = createTokenSource({ grant: countingGrant().grant, onRefresh: boom, onSessionLost: boom });
    expect((await tokens.get()).generation).toBe(1);
  });

  it("a request that was under way at reset is forgotten", async () => {
    const { state, grant } = countingGrant();
    const answer = Promise.withResolvers<GrantedToken>();
    state.answer = () => answer.promise;
    const tokens = createTokenSource({ grant });
    const old = tokens.get();
    await Promise.resolve();
    tokens.reset();
    state.answer = async (n) => granted(n);
    const fresh = await tokens.get();
    answer.resolve({ accessToken: "of-the-user-before", expiresInMs: lifetimeMs });
    await old;
    expect(tokens.get()).toBe(fresh);
    expect(fresh.value()).toBe("token-2");
  });
});

it("reads the lifetime of a custom grant's JWT from exp and iat, whatever the clock says", async () => {
  const clock = createTestClock({ wallStart: 0 });
  const accessToken = createTokenSigner().sign({ iat: 1_000_000, exp: 1_000_600 });
  const tokens = createTokenSource({ grant: async () => ({ accessToken }), ...clock });
  expect((await tokens.get()).schedule.endsAt).toBe(600_000);
});

async function flush(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
  }
}
