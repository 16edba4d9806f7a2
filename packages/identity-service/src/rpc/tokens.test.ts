import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RevocationReason, SigningKeyState, TokenKind } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { removeOutdated } from "../domain/housekeeping.ts";
import {
  accessTokenMs,
  newKey,
  operatorScopes,
  refreshTokenMs,
  startIdentity,
} from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

eachStore("tokens", (stores) => {
  it("WhoAmI: the account and the partner as they are, the token as it was issued", async () => {
    const identity = await startIdentity(stores);
    const { client, account, partner, caller } = await identity.join("acme");
    await client.updateServiceAccount({
      serviceAccount: { serviceAccountId: account.accountId, scopes: ["identity:read"] },
    });
    const answer = await client.whoAmI({});
    expect(answer.serviceAccount).toMatchObject({ username: "acme-admin", scopes: ["identity:read"] });
    expect(answer.partner).toMatchObject({ partnerId: partner.partnerId, slug: "acme" });
    expect(answer.token).toMatchObject({
      tokenId: caller.tokenId,
      sessionId: caller.sessionId,
      kind: TokenKind.ACCESS,
      scopes: account.scopes,
    });
    expect(answer.token?.revokeTime).toBeUndefined();
  });

  it("WhoAmI of an account that is gone: UNAUTHENTICATED", async () => {
    const identity = await startIdentity(stores);
    const { caller } = await identity.join("acme");
    const gone = identity.as({ ...caller, accountId: identity.ids.uuid() });
    expect(await failureOf(gone.whoAmI({}))).toBe("Unauthenticated CALLER_GONE");
  });

  it("are listed newest first until they expire, with since when they are refused", async () => {
    const identity = await startIdentity(stores);
    const { client, account, caller } = await identity.join("acme");
    identity.clock.advance(5000);
    const second = await identity.signIn(account);
    identity.clock.advance(1500);
    const revokeAll = { target: { case: "serviceAccountId", value: account.accountId } } as const;
    const { revocation } = await client.revokeTokens({ ...revokeAll, idempotencyKey: newKey() });
    identity.clock.advance(500);
    const third = await identity.signIn(account);
    const serviceAccountId = account.accountId;
    const list = async (sessionId = "") => {
      const found = [];
      for (let pageToken = ""; ; ) {
        const page = await client.listTokens({ serviceAccountId, pageSize: 2, pageToken, sessionId });
        found.push(...page.tokens);
        pageToken = page.nextPageToken;
        if (pageToken === "") {
          return found;
        }
      }
    };
    const all = await list();
    expect(all.map(({ sessionId, kind }) => [sessionId, kind])).toEqual([
      [third.access.sessionId, TokenKind.REFRESH],
      [third.access.sessionId, TokenKind.ACCESS],
      [second.access.sessionId, TokenKind.REFRESH],
      [second.access.sessionId, TokenKind.ACCESS],
      [caller.sessionId, TokenKind.REFRESH],
      [caller.sessionId, TokenKind.ACCESS],
    ]);
    expect(all.map(({ revokeTime }) => revokeTime)).toEqual([
      undefined,
      undefined,
      ...Array(4).fill(revocation?.revokeTime),
    ]);
    expect((await list(second.access.sessionId)).length).toBe(2);
    identity.clock.advance(accessTokenMs);
    expect((await list()).map(({ kind }) => kind)).toEqual(Array(3).fill(TokenKind.REFRESH));
  });

  it("a revocation reaches tokens of its second, and none of a later one", async () => {
    const identity = await startIdentity(stores);
    const { client, account, partner } = await identity.join("acme");
    identity.clock.advance(10_400);
    await client.revokeTokens({
      target: { case: "partnerId", value: partner.partnerId },
      idempotencyKey: newKey(),
    });
    identity.clock.advance(599);
    const sameSecond = await identity.signIn(account);
    identity.clock.advance(1);
    const nextSecond = await identity.signIn(account);
    const { tokens } = await client.listTokens({ serviceAccountId: account.accountId });
    const isRevoked = (id: string) => tokens.find(({ tokenId }) => tokenId === id)?.revokeTime !== undefined;
    expect([isRevoked(sameSecond.access.tokenId), isRevoked(nextSecond.access.tokenId)]).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ["tokenId", "access", accessTokenMs],
    ["tokenId", "refresh", refreshTokenMs],
    ["sessionId", "access", refreshTokenMs],
  ] as const)(
    "revoking by %s of the %s token: until it expires, then NOT_FOUND",
    async (target, kind, lifetime) => {
      const identity = await startIdentity(stores);
      const { client, account } = await identity.join("acme");
      const token = (await identity.signIn(account))[kind];
      const revoke = () =>
        client.revokeTokens({
          target: { case: target, value: token[target] },
          reason: RevocationReason.COMPROMISED,
          idempotencyKey: newKey(),
        });
      const { revocation } = await revoke();
      expect(revocation).toMatchObject({
        target: { case: target, value: token[target] },
        reason: RevocationReason.COMPROMISED,
      });
      expect(revocation?.expireTime && timestampMs(revocation.expireTime)).toBe(token.issuedAt + lifetime);
      expect(await failureOf(revoke())).toBe("OK");
      identity.clock.advance(lifetime);
      expect(await failureOf(revoke())).toBe("NotFound NOT_FOUND");
    },
  );

  it("a repeat is answered with the first revocation, and touches no token issued since", async () => {
    const identity = await startIdentity(stores);
    const { client, account, partner } = await identity.join("acme");
    const request = {
      target: { case: "serviceAccountId", value: account.accountId },
      idempotencyKey: newKey(),
    } as const;
    const first = await client.revokeTokens(request);
    expect(first.revocation?.reason).toBe(RevocationReason.REQUESTED);
    identity.clock.advance(10_000);
    const { access } = await identity.signIn(account);
    expect(await client.revokeTokens(request)).toEqual(first);
    const { tokens } = await client.listTokens({ serviceAccountId: account.accountId });
    expect(tokens.find(({ tokenId }) => tokenId === access.tokenId)?.revokeTime).toBeUndefined();
    const reused = "AlreadyExists IDEMPOTENCY_KEY_REUSED";
    const other = { ...request, reason: RevocationReason.COMPROMISED };
    expect(await failureOf(client.revokeTokens(other))).toBe(reused);
    expect((await identity.events(partner.partnerId)).length).toBe(1);
  });

  it("a reason that only the platform gives, or no target: INVALID_ARGUMENT", async () => {
    const identity = await startIdentity(stores);
    const { client, caller } = await identity.join("acme");
    const target = { case: "tokenId", value: caller.tokenId } as const;
    const reason = RevocationReason.PARTNER_SUSPENDED;
    const call = client.revokeTokens({ target, reason, idempotencyKey: newKey() });
    expect(await failureOf(call)).toBe("InvalidArgument enum.in");
    expect(await failureOf(client.revokeTokens({ idempotencyKey: newKey() }))).toBe(
      "InvalidArgument required",
    );
  });

  it("what nobody can ask for any more is removed, and nothing else", async () => {
    const identity = await startIdentity(stores);
    const { client, account, caller } = await identity.join("acme");
    const target = { case: "tokenId", value: caller.tokenId } as const;
    await client.revokeTokens({ target, idempotencyKey: newKey() });
    const clean = () => removeOutdated({ store: identity.store, now: identity.clock.wallNow });
    const nothing = {
      secrets: 0,
      revocations: 0,
      idempotencyKeys: 0,
      tokens: 0,
      auditEntries: 0,
      events: 0,
    };
    expect(await clean()).toEqual(nothing);
    identity.clock.advance(accessTokenMs);
    // The revocation is kept for as long as its idempotency key.
    expect(await clean()).toEqual({ ...nothing, tokens: 1 });
    identity.clock.advance(refreshTokenMs - accessTokenMs);
    expect(await clean()).toEqual({ ...nothing, revocations: 1, idempotencyKeys: 1, tokens: 1 });
    expect(await failureOf(client.listTokens({ serviceAccountId: account.accountId }))).toBe("OK");
  });

  it("signing keys are made once for an idempotency key, one at a time, and listed newest first", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    const first = { idempotencyKey: newKey() };
    const { signingKey } = await client.rotateSigningKey(first);
    expect(signingKey?.state).toBe(SigningKeyState.PENDING);
    expect((await client.rotateSigningKey(first)).signingKey).toEqual(signingKey);
    const reused = client.rotateSigningKey({ ...first, revokeCurrent: true });
    expect(await failureOf(reused)).toBe("AlreadyExists IDEMPOTENCY_KEY_REUSED");
    const another = client.rotateSigningKey({ idempotencyKey: newKey() });
    expect(await failureOf(another)).toBe("FailedPrecondition ROTATION_UNDER_WAY");
    identity.clock.advance(1000);
    const forced = await client.rotateSigningKey({ revokeCurrent: true, idempotencyKey: newKey() });
    const page = await client.listSigningKeys({ pageSize: 1 });
    expect(page.signingKeys).toEqual([forced.signingKey]);
    const last = await client.listSigningKeys({ pageSize: 1, pageToken: page.nextPageToken });
    expect(last.nextPageToken).toBe("");
    expect(last.signingKeys.map(({ keyId, state }) => [keyId, state])).toEqual([
      [signingKey?.keyId, SigningKeyState.REVOKED],
    ]);
    expect((await identity.events("")).map(({ change }) => change.case)).toEqual([
      "signingKeyCreated",
      "signingKeyRetired",
      "signingKeyCreated",
    ]);
  });
});
