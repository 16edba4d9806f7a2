import { actorOf, type Caller } from "./caller.ts";
import type { DomainDeps } from "./deps.ts";
import { IdentityError } from "./errors.ts";
import { claimIdempotencyKey, keyScope } from "./idempotency.ts";
import { visibleAccount, visibleSecret } from "./lookup.ts";
import type { Secret, SecretKind, SessionRecord } from "./model.ts";
import type { SecretHasher } from "./ports.ts";
import { revoke } from "./revocations.ts";
import type { HashedSecret, IdentityTx } from "./store.ts";

/** How many secrets of an account can be neither expired nor revoked. */
export const maxLiveSecrets = 10;

/** How long what is known of expired and revoked secrets is kept. */
export const goneSecretsKeptMs = 90 * 24 * 60 * 60 * 1000;

/** A secret that was made; the value only if this attempt made it. */
export interface CreatedSecret {
  readonly secret: Secret;
  readonly value: string | undefined;
}

/** Creates, lists and revokes secrets. Throws `IdentityError`. */
export function secretOperations({ store, ids, now, hasher }: DomainDeps & { hasher: SecretHasher }) {
  return {
    /** Errors: `not_found` (the account), `idempotency_key_reused`, `too_many_secrets`. */
    async create(
      caller: Caller,
      request: {
        accountId: string;
        kind: SecretKind;
        displayName: string;
        expireAt: number | undefined;
        idempotencyKey: string;
      },
    ): Promise<CreatedSecret> {
      const { accountId, kind, displayName, expireAt } = request;
      // Hashing is slow on purpose: not for an account that is not there, and not while a transaction waits.
      await store.read((tx) => visibleAccount(tx, caller, accountId));
      const value = ids.secretValue();
      const hash = await hasher.hash(value, accountId);
      return store.change(async (tx) => {
        const at = now();
        const account = await visibleAccount(tx, caller, accountId);
        const secret: Secret = {
          secretId: ids.uuid(),
          accountId,
          partnerId: account.partnerId,
          kind,
          displayName,
          createdAt: at,
          expireAt,
          lastUseAt: undefined,
          revokedAt: undefined,
        };
        const claim = await claimIdempotencyKey(tx, {
          scope: keyScope("CreateSecret", caller),
          key: request.idempotencyKey,
          fingerprint: JSON.stringify([accountId, kind, displayName, expireAt ?? null]),
          resultId: secret.secretId,
          now: at,
        });
        if (claim.kind === "repeat") {
          return { secret: await visibleSecret(tx, caller, claim.resultId), value: undefined };
        }
        if ((await tx.secrets.countLive(accountId, at)) >= maxLiveSecrets) {
          throw new IdentityError(
            "too_many_secrets",
            `the account has ${maxLiveSecrets} secrets that are neither expired nor revoked: revoke one`,
            { fields: { limit: String(maxLiveSecrets) } },
          );
        }
        const row: HashedSecret = { ...secret, hash };
        await tx.secrets.insert(row);
        const change = { kind: "secret_created", secret } as const;
        tx.emit({ partnerId: secret.partnerId, actor: actorOf(caller), at, change });
        return { secret, value };
      });
    },

    /** Newest first. Errors: `not_found` (the account). */
    list(
      caller: Caller,
      query: {
        accountId: string;
        after?: { createdAt: number; secretId: string } | undefined;
        limit: number;
      },
    ): Promise<readonly Secret[]> {
      return store.read(async (tx) => {
        await visibleAccount(tx, caller, query.accountId);
        return tx.secrets.list({ ...query, goneSince: now() - goneSecretsKeptMs });
      });
    },

    /** Errors: `not_found`. */
    revoke(caller: Caller, secretId: string): Promise<Secret> {
      return store.change(async (tx) => {
        const before = await visibleSecret(tx, caller, secretId);
        if (before.revokedAt !== undefined) {
          return before;
        }
        const at = now();
        await tx.secrets.revoke(secretId, at);
        const secret = { ...before, revokedAt: at };
        const actor = actorOf(caller);
        tx.emit({ partnerId: secret.partnerId, actor, at, change: { kind: "secret_revoked", secret } });
        for (const session of await aliveSessions(tx, secretId, at)) {
          revoke(tx, ids, {
            target: { kind: "session", id: session.sessionId },
            partnerId: session.partnerId,
            reason: "secret_revoked",
            actor,
            now: at,
            expireAt: session.expireAt,
          });
        }
        return secret;
      });
    },
  };
}

/** Sessions of the secret that have neither expired nor been revoked one by one. */
async function aliveSessions(
  tx: IdentityTx,
  secretId: string,
  at: number,
): Promise<readonly SessionRecord[]> {
  const sessions = await tx.tokens.aliveSessionsOfSecret(secretId, at);
  const revoked = new Set(
    (await tx.revocations.byTargets(sessions.map(({ sessionId }) => sessionId))).map(
      ({ target }) => target.id,
    ),
  );
  return sessions.filter(({ sessionId }) => !revoked.has(sessionId));
}
