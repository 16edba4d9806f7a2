import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { RevocationReason, SecretKind } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { removeOutdated } from "../domain/housekeeping.ts";
import { goneSecretsKeptMs } from "../domain/secrets.ts";
import { newKey, startIdentity } from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

eachStore("secrets", (stores) => {
  it("have a value of 256 random bits, shown once and kept as a hash", async () => {
    const identity = await startIdentity(stores);
    const { client, account, partner } = await identity.join("acme");
    const request = {
      secret: { serviceAccountId: account.accountId, kind: SecretKind.CLIENT_SECRET, displayName: "CI" },
      idempotencyKey: newKey(),
    };
    const { secret, value } = await client.createSecret(request);
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const repeated = await client.createSecret(request);
    expect(repeated.secret).toEqual(secret);
    expect(repeated.value).toBeUndefined();
    const other = { ...request, secret: { ...request.secret, displayName: "other" } };
    expect(await failureOf(client.createSecret(other))).toBe("AlreadyExists IDEMPOTENCY_KEY_REUSED");
    const rows = await identity.db.read((tx) => tx.selectFrom("secrets").selectAll().execute());
    expect(rows.map(({ hash }) => hash)).toEqual([expect.stringMatching(/^\$scrypt\$/)]);
    expect(JSON.stringify(rows)).not.toContain(value);
    const events = await identity.events(partner.partnerId);
    expect(events.map(({ change }) => change.case)).toEqual(["secretCreated"]);
  });

  it("an account has 10 at most that are neither expired nor revoked", async () => {
    const identity = await startIdentity(stores);
    const { client, account } = await identity.join("acme");
    const { accountId: serviceAccountId } = account;
    const create = (expireAt?: number) =>
      client.createSecret({
        secret: {
          serviceAccountId,
          kind: SecretKind.PASSWORD,
          ...(expireAt === undefined ? {} : { expireTime: timestampFromMs(expireAt) }),
        },
        idempotencyKey: newKey(),
      });
    const hour = 3_600_000;
    await create(identity.clock.wallNow() + hour);
    const { secret } = await create();
    for (let count = 2; count < 10; count++) {
      await create();
    }
    expect(await failureOf(create())).toBe("ResourceExhausted TOO_MANY_SECRETS");
    await client.revokeSecret({ secretId: secret?.secretId ?? "" });
    expect(await failureOf(create())).toBe("OK");
    expect(await failureOf(create())).toBe("ResourceExhausted TOO_MANY_SECRETS");
    identity.clock.advance(hour);
    expect(await failureOf(create())).toBe("OK");
    const past = await failureOf(create(Date.now() - 1000));
    expect(past).toBe("InvalidArgument create_secret.expire_time");
  });

  it("revoking one revokes the sessions that were started with it and are alive", async () => {
    const identity = await startIdentity(stores);
    const { client, account, partner } = await identity.join("acme");
    const { secret } = await client.createSecret({
      secret: { serviceAccountId: account.accountId, kind: SecretKind.PASSWORD },
      idempotencyKey: newKey(),
    });
    const { secretId = "" } = secret ?? {};
    await identity.signIn(account, secretId);
    identity.clock.advance(86_400_000);
    const alive = [await identity.signIn(account, secretId), await identity.signIn(account, secretId)];
    const revoked = await identity.signIn(account, secretId);
    await client.revokeTokens({
      target: { case: "sessionId", value: revoked.access.sessionId },
      idempotencyKey: newKey(),
    });
    await identity.signIn(account);
    const first = await client.revokeSecret({ secretId });
    expect(first.secret?.revokeTime).toBeDefined();
    expect(await client.revokeSecret({ secretId })).toEqual(first);
    const events = (await identity.events(partner.partnerId)).map(({ change }) => change);
    expect(events.map((change) => change.case).slice(2)).toEqual([
      "secretRevoked",
      "tokensRevoked",
      "tokensRevoked",
    ]);
    const revocations = events.flatMap((change) =>
      change.case === "tokensRevoked" ? [change.value.revocation] : [],
    );
    expect(revocations.slice(1).map((revocation) => [revocation?.target.value, revocation?.reason])).toEqual(
      alive.map(({ access }) => [access.sessionId, RevocationReason.SECRET_REVOKED]),
    );
  });

  it("are listed newest first, page by page, and 90 days longer than they live", async () => {
    const identity = await startIdentity(stores);
    const { client, account } = await identity.join("acme");
    const { accountId: serviceAccountId } = account;
    const made: string[] = [];
    for (const displayName of ["a", "b", "c", "d", "e"]) {
      const { secret } = await client.createSecret({
        secret: { serviceAccountId, kind: SecretKind.PASSWORD, displayName },
        idempotencyKey: newKey(),
      });
      made.unshift(secret?.secretId ?? "");
      // Two of them in the same millisecond.
      identity.clock.advance(displayName === "b" ? 0 : 1);
    }
    const list = async () => {
      const found: string[] = [];
      for (let pageToken = ""; ; ) {
        const page = await client.listSecrets({ serviceAccountId, pageSize: 2, pageToken });
        found.push(...page.secrets.map(({ secretId }) => secretId));
        pageToken = page.nextPageToken;
        if (pageToken === "") {
          return found;
        }
      }
    };
    expect(await list()).toEqual(made);
    await client.revokeSecret({ secretId: made[1] ?? "" });
    identity.clock.advance(goneSecretsKeptMs - 1);
    expect(await list()).toEqual(made);
    identity.clock.advance(1);
    const left = made.filter((_, index) => index !== 1);
    expect(await list()).toEqual(left);
    expect(await removeOutdated({ store: identity.store, now: identity.clock.wallNow })).toMatchObject({
      secrets: 1,
    });
    expect(await list()).toEqual(left);
  });

  it("usable ones are those of the kind, neither expired nor revoked; a use is noted to one minute", async () => {
    const identity = await startIdentity(stores);
    const { client, account } = await identity.join("acme");
    const create = async (kind: SecretKind, expireAt?: number) => {
      const { secret } = await client.createSecret({
        secret: {
          serviceAccountId: account.accountId,
          kind,
          ...(expireAt === undefined ? {} : { expireTime: timestampFromMs(expireAt) }),
        },
        idempotencyKey: newKey(),
      });
      return secret?.secretId ?? "";
    };
    const at = identity.clock.wallNow();
    const good = await create(SecretKind.PASSWORD);
    await create(SecretKind.CLIENT_SECRET);
    await create(SecretKind.PASSWORD, at + 3_600_000);
    await client.revokeSecret({ secretId: await create(SecretKind.PASSWORD) });
    const usable = (now: number) =>
      identity.store.read((tx) => tx.secrets.usable(account.accountId, "password", now));
    expect((await usable(at)).length).toBe(2);
    expect((await usable(at + 3_600_000)).map(({ secretId }) => secretId)).toEqual([good]);
    for (const time of [at, at + 59_999]) {
      await identity.store.write((tx) => tx.secrets.recordUse(good, time));
      expect((await usable(at + 3_600_000))[0]?.lastUseAt).toBe(at);
    }
  });
});
