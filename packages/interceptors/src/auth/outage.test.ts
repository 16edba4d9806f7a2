import { Code, ConnectError } from "@connectrpc/connect";
import { callEcho, createTestClock, rpcKinds, startIdentityProvider } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../errors.ts";
import { credentials, startAuth } from "../testing/auth-fixture.ts";
import { countingGrant, lifetimeMs } from "../testing/counting-grant.ts";
import { createTokenSource, passwordTokenSource, type RefreshEvent } from "./index.ts";

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
