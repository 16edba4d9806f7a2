import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RevocationReason, ServiceAccountState } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { lockAccount, maxAccountsOfPartner } from "../domain/service-accounts.ts";
import { newKey, operatorScopes, startIdentity } from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

eachStore("service accounts", (stores) => {
  it("are created in the caller's partner, once for an idempotency key", async () => {
    const identity = await startIdentity(stores);
    const { client, partner } = await identity.join("acme");
    const request = {
      serviceAccount: {
        username: "export",
        displayName: "Export",
        scopes: ["identity:write", "identity:read"],
      },
      idempotencyKey: newKey(),
    };
    const { serviceAccount } = await client.createServiceAccount(request);
    expect(serviceAccount).toMatchObject({
      partnerId: partner.partnerId,
      username: "export",
      scopes: ["identity:read", "identity:write"],
      state: ServiceAccountState.ACTIVE,
    });
    request.serviceAccount.scopes.reverse();
    expect((await client.createServiceAccount(request)).serviceAccount).toEqual(serviceAccount);
    request.serviceAccount.displayName = "Other";
    expect(await failureOf(client.createServiceAccount(request))).toBe(
      "AlreadyExists IDEMPOTENCY_KEY_REUSED",
    );
    expect((await identity.events(partner.partnerId)).map(({ change }) => change.case)).toEqual([
      "serviceAccountCreated",
    ]);
  });

  it("an idempotency key of one partner means nothing in another", async () => {
    const identity = await startIdentity(stores);
    const idempotencyKey = newKey();
    for (const slug of ["acme", "bolt"]) {
      const { client, partner } = await identity.join(slug);
      const request = { serviceAccount: { username: `${slug}-1` }, idempotencyKey };
      expect((await client.createServiceAccount(request)).serviceAccount?.partnerId).toBe(partner.partnerId);
    }
  });

  it("a username stays taken, on the whole platform and after its account is deleted", async () => {
    const identity = await startIdentity(stores);
    const acme = await identity.join("acme");
    const bolt = await identity.join("bolt");
    const create = (client: typeof acme.client) =>
      client.createServiceAccount({ serviceAccount: { username: "export" }, idempotencyKey: newKey() });
    const { serviceAccount } = await create(acme.client);
    expect(await failureOf(create(bolt.client))).toBe("AlreadyExists USERNAME_TAKEN");
    await acme.client.deleteServiceAccount({ serviceAccountId: serviceAccount?.serviceAccountId ?? "" });
    expect(await failureOf(create(bolt.client))).toBe("AlreadyExists USERNAME_TAKEN");
  });

  it("get no scope that the caller does not have", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("acme", ["identity:read", "identity:write"]);
    const create = (scopes: string[]) =>
      client.createServiceAccount({
        serviceAccount: { username: "export", scopes },
        idempotencyKey: newKey(),
      });
    expect(await failureOf(create(["platform:operate"]))).toBe("PermissionDenied SCOPE_NOT_HELD");
    const { serviceAccount } = await create(["identity:read"]);
    const serviceAccountId = serviceAccount?.serviceAccountId ?? "";
    const update = (scopes: string[]) =>
      client.updateServiceAccount({
        serviceAccount: { serviceAccountId, scopes },
        updateMask: { paths: ["scopes"] },
      });
    expect(await failureOf(update(["identity:read", "document:read"]))).toBe(
      "PermissionDenied SCOPE_NOT_HELD",
    );
    expect((await update(["identity:write"])).serviceAccount?.scopes).toEqual(["identity:write"]);
    expect((await update([])).serviceAccount?.scopes).toEqual([]);
  });

  it("a scope that the account has already may stay, although the caller does not have it", async () => {
    const identity = await startIdentity(stores);
    const { account } = await identity.join("acme", ["document:read"]);
    const caller = { ...(await identity.join("other")).caller, partnerId: account.partnerId };
    const { accountId: serviceAccountId } = account;
    const update = { serviceAccount: { serviceAccountId, scopes: ["document:read", "identity:read"] } };
    expect((await identity.as(caller).updateServiceAccount(update)).serviceAccount?.scopes).toEqual([
      "document:read",
      "identity:read",
    ]);
  });

  it("a partner that is not active gets none", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("platform", operatorScopes);
    const { partner } = await identity.join("acme");
    const { partnerId } = partner;
    await client.suspendPartner({ partnerId });
    const request = { serviceAccount: { username: "export", partnerId }, idempotencyKey: newKey() };
    expect(await failureOf(client.createServiceAccount(request))).toBe(
      "FailedPrecondition PARTNER_NOT_ACTIVE",
    );
  });

  it("a partner has 1,000 at most", async () => {
    const identity = await startIdentity(stores);
    const { client, account } = await identity.join("acme");
    await identity.store.write(async (tx) => {
      for (let number = 1; number < maxAccountsOfPartner; number++) {
        const { uuid } = identity.ids;
        await tx.accounts.insert({ ...account, accountId: uuid(), username: `robot-${number}` });
      }
    });
    const request = { serviceAccount: { username: "one-more" }, idempotencyKey: newKey() };
    expect(await failureOf(client.createServiceAccount(request))).toBe("ResourceExhausted TOO_MANY_ACCOUNTS");
    const { serviceAccounts } = await client.listServiceAccounts({ pageSize: 999 });
    expect(serviceAccounts.length).toBe(200);
    await client.deleteServiceAccount({ serviceAccountId: serviceAccounts[1]?.serviceAccountId ?? "" });
    expect(await failureOf(client.createServiceAccount(request))).toBe("OK");
  });

  it("are disabled and enabled; disabling revokes their tokens, the last of which says for how long", async () => {
    const identity = await startIdentity(stores);
    const { client, partner, account, caller } = await identity.join("acme");
    const { serviceAccount } = await client.createServiceAccount({
      serviceAccount: { username: "export" },
      idempotencyKey: newKey(),
    });
    const { serviceAccountId = "", etag = "" } = serviceAccount ?? {};
    const { refresh } = await identity.signIn({ ...account, accountId: serviceAccountId });
    expect(await failureOf(client.disableServiceAccount({ serviceAccountId, etag: "old" }))).toBe(
      "Aborted ETAG_MISMATCH",
    );
    const disabled = (await client.disableServiceAccount({ serviceAccountId, etag })).serviceAccount;
    expect(disabled?.state).toBe(ServiceAccountState.DISABLED);
    expect((await client.disableServiceAccount({ serviceAccountId, etag: "old" })).serviceAccount).toEqual(
      disabled,
    );
    const enabled = (await client.enableServiceAccount({ serviceAccountId })).serviceAccount;
    expect(enabled?.state).toBe(ServiceAccountState.ACTIVE);
    expect((await client.enableServiceAccount({ serviceAccountId, etag: "old" })).serviceAccount).toEqual(
      enabled,
    );
    const own = { serviceAccountId: caller.accountId };
    expect(await failureOf(client.disableServiceAccount(own))).toBe("FailedPrecondition OWN_ACCOUNT");
    expect(await failureOf(client.deleteServiceAccount(own))).toBe("FailedPrecondition OWN_ACCOUNT");
    const changes = (await identity.events(partner.partnerId)).map(({ change }) => change);
    expect(changes.map((change) => change.case)).toEqual([
      "serviceAccountCreated",
      "serviceAccountDisabled",
      "tokensRevoked",
      "serviceAccountEnabled",
    ]);
    expect.assert(changes[2]?.case === "tokensRevoked");
    const { revocation } = changes[2].value;
    expect(revocation).toMatchObject({
      target: { case: "serviceAccountId", value: serviceAccountId },
      reason: RevocationReason.SERVICE_ACCOUNT_DISABLED,
    });
    expect(revocation?.expireTime && timestampMs(revocation.expireTime)).toBe(refresh.expireAt);
  });

  it("a lock is shown until its time is over, and lifted by EnableServiceAccount", async () => {
    const identity = await startIdentity(stores);
    const { client, account, caller } = await identity.join("acme");
    const { accountId: serviceAccountId } = account;
    const now = identity.clock.wallNow();
    const lock = { until: now + 60_000, now, actor: { partnerId: "", component: "sign-in" } } as const;
    await identity.store.write((tx) => lockAccount(tx, identity.ids, account, lock));
    const read = async () => (await client.getServiceAccount({ serviceAccountId })).serviceAccount;
    const locked = await read();
    expect(locked?.lockExpireTime && timestampMs(locked.lockExpireTime)).toBe(lock.until);
    const enabled = (await client.enableServiceAccount({ serviceAccountId })).serviceAccount;
    expect(enabled?.lockExpireTime).toBeUndefined();
    await identity.store.write((tx) => lockAccount(tx, identity.ids, account, lock));
    identity.clock.advance(60_000);
    expect((await read())?.lockExpireTime).toBeUndefined();
    const cases = (await identity.events(caller.partnerId)).map(({ change }) => change.case);
    expect(cases).toEqual(["serviceAccountLocked", "serviceAccountEnabled", "serviceAccountLocked"]);
  });

  it("are deleted with their secrets; again: NOT_FOUND, unless missing is allowed", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("acme");
    const { serviceAccount } = await client.createServiceAccount({
      serviceAccount: { username: "export" },
      idempotencyKey: newKey(),
    });
    const { serviceAccountId = "" } = serviceAccount ?? {};
    const { secret } = await client.createSecret({
      secret: { serviceAccountId, kind: 1 },
      idempotencyKey: newKey(),
    });
    const request = { serviceAccountId, etag: "old" };
    expect(await failureOf(client.deleteServiceAccount(request))).toBe("Aborted ETAG_MISMATCH");
    await client.deleteServiceAccount({ serviceAccountId });
    expect(await failureOf(client.deleteServiceAccount({ serviceAccountId }))).toBe("NotFound NOT_FOUND");
    expect(await failureOf(client.deleteServiceAccount({ serviceAccountId, allowMissing: true }))).toBe("OK");
    expect(await failureOf(client.getServiceAccount({ serviceAccountId }))).toBe("NotFound NOT_FOUND");
    const { secretId = "" } = secret ?? {};
    expect(await failureOf(client.revokeSecret({ secretId }))).toBe("NotFound NOT_FOUND");
  });

  it("a sign-in is noted to one minute, and keeps the etag", async () => {
    const identity = await startIdentity(stores);
    const { client, account } = await identity.join("acme");
    const { accountId: serviceAccountId } = account;
    const at = identity.clock.wallNow();
    const record = (time: number) =>
      identity.store.write((tx) => tx.accounts.recordSignIn(serviceAccountId, time));
    const read = async () => (await client.getServiceAccount({ serviceAccountId })).serviceAccount;
    for (const [time, noted] of [
      [at, at],
      [at + 59_999, at],
      [at + 60_000, at + 60_000],
    ] as const) {
      await record(time);
      const found = await read();
      expect(found?.lastSignInTime && timestampMs(found.lastSignInTime)).toBe(noted);
      expect(found?.etag).toBe(account.etag);
    }
  });
});
