import { callEcho, createTestClock, createTokenSigner, rpcKinds } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { startAuth } from "../testing/auth-fixture.ts";
import { countingGrant, granted, lifetimeMs } from "../testing/counting-grant.ts";
import { createTokenSource, type GrantedToken } from "./index.ts";

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
    // Two hours in steps of half a minute, on each kind in turn.
    for (let second = 0; second < 7200; second += 30) {
      const { error } = await callEcho(rpcKinds[(second / 30) % 4] ?? "unary", client.transport, {
        messages: 1,
      });
      refused += error === undefined ? 0 : 1;
      clock.advance(30_000);
    }
    expect(refused).toBe(0);
    // Every attempt was admitted: none was repeated.
    expect(server.calls.length).toBe(240);
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
