import { SecretKind } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, test } from "vitest";
import { removeOutdated } from "../domain/housekeeping.ts";
import { newKey, operatorScopes, startIdentity } from "../testing/identity-fixture.ts";

eachStore("the audit log", (stores) => {
  test("has a line for each change over the RPCs, with who made it, what it was and to what", async () => {
    const identity = await startIdentity(stores);
    const { client, caller, partner: own } = await identity.join("acme", operatorScopes);
    const { partner } = await client.createPartner({
      partner: { slug: "beta", displayName: "Beta" },
      idempotencyKey: newKey(),
    });
    const partnerId = partner?.partnerId ?? "";
    await client.updatePartner({ partner: { partnerId, displayName: "B" } });
    const { serviceAccount } = await client.createServiceAccount({
      serviceAccount: { partnerId, username: "nightly", scopes: ["identity:read"] },
      idempotencyKey: newKey(),
    });
    const serviceAccountId = serviceAccount?.serviceAccountId ?? "";
    const idempotencyKey = newKey();
    const create = () =>
      client.createSecret({ secret: { serviceAccountId, kind: SecretKind.PASSWORD }, idempotencyKey });
    const { secret } = await create();
    // A repeated request changes nothing, so it is logged once.
    await create();
    const secretId = secret?.secretId ?? "";
    await client.revokeSecret({ secretId });
    await client.disableServiceAccount({ serviceAccountId });
    await client.deleteServiceAccount({ serviceAccountId });
    await client.suspendPartner({ partnerId, reason: "unpaid" });

    const entries = await identity.db.read((tx) =>
      tx
        .selectFrom("audit_log")
        .selectAll()
        .where("actor", "=", caller.accountId)
        .orderBy("audit_id")
        .execute(),
    );
    expect(entries.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ["partner_created", partnerId, ""],
      ["partner_updated", partnerId, "display_name"],
      ["service_account_created", serviceAccountId, ""],
      ["secret_created", secretId, ""],
      ["secret_revoked", secretId, ""],
      ["service_account_disabled", serviceAccountId, ""],
      ["tokens_revoked", serviceAccountId, "account: service_account_disabled"],
      ["service_account_deleted", serviceAccountId, ""],
      ["tokens_revoked", serviceAccountId, "account: service_account_deleted"],
      ["partner_suspended", partnerId, ""],
      ["tokens_revoked", partnerId, "partner: partner_suspended"],
    ]);
    expect(new Set(entries.map((entry) => entry.partner_id))).toEqual(new Set([partnerId]));
    expect(own.partnerId).not.toBe(partnerId);
    expect(entries.every(({ occur_time }) => occur_time === identity.clock.wallNow())).toBe(true);
  });

  test("and the outbox are kept for as long as is set, also when there is more than one batch to remove", async () => {
    const identity = await startIdentity(stores);
    const { client, partner } = await identity.join("acme", operatorScopes);
    const rename = (displayName: string) =>
      client.updatePartner({ partner: { partnerId: partner.partnerId, displayName } });
    await rename("Old");
    await identity.store.write(async (tx) => {
      const entry = {
        partnerId: "",
        actor: "x",
        target: "",
        outcome: "ok",
        address: "",
        detail: "",
      } as const;
      for (let index = 0; index < 1000; index++) {
        await tx.audit.append({ ...entry, action: "sign_in", at: identity.clock.wallNow() });
      }
    });
    identity.clock.advance(1000);
    await rename("New");
    const clean = () =>
      removeOutdated(
        { store: identity.store, now: identity.clock.wallNow },
        { auditMs: 10_000, eventsMs: 5_000 },
      );
    identity.clock.advance(4_000);
    expect(await clean()).toMatchObject({ auditEntries: 0, events: 0 });
    identity.clock.advance(1);
    expect(await clean()).toMatchObject({ auditEntries: 0, events: 1 });
    expect((await identity.events(partner.partnerId)).map(({ sequence }) => Number(sequence))).toEqual([2]);
    identity.clock.advance(5_000);
    expect(await clean()).toMatchObject({ auditEntries: 1001, events: 1 });
    expect(await clean()).toMatchObject({ auditEntries: 0, events: 0 });
    identity.clock.advance(1_000);
    expect(await clean()).toMatchObject({ auditEntries: 1, events: 0 });
  });
});
