import type { ExpressionBuilder, Kysely } from "kysely";
import type { Secret, SecretKind } from "../domain/model.ts";
import type { SecretRows } from "../domain/store.ts";
import type { IdentitySchema, SecretsTable } from "./schema.ts";

/** The accuracy of `last_use_time`: fewer writes on the hottest path. */
const useAccuracyMs = 60_000;

export function secretRows(db: Kysely<IdentitySchema>): SecretRows {
  return {
    async find(secretId) {
      const row = await db
        .selectFrom("secrets")
        .selectAll()
        .where("secret_id", "=", secretId)
        .executeTakeFirst();
      return row && toSecret(row);
    },

    async list({ accountId, goneSince, after, limit }) {
      let query = db
        .selectFrom("secrets")
        .selectAll()
        .where("account_id", "=", accountId)
        .where(liveAt(goneSince))
        .orderBy("create_time", "desc")
        .orderBy("secret_id", "desc")
        .limit(limit);
      if (after !== undefined) {
        query = query.where((eb) =>
          eb.or([
            eb("create_time", "<", after.createdAt),
            eb.and([eb("create_time", "=", after.createdAt), eb("secret_id", "<", after.secretId)]),
          ]),
        );
      }
      return (await query.execute()).map(toSecret);
    },

    async countLive(accountId, now) {
      const { count } = await db
        .selectFrom("secrets")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("account_id", "=", accountId)
        .where("revoke_time", "is", null)
        .where(liveAt(now))
        .executeTakeFirstOrThrow();
      return count;
    },

    async usable(accountId, kind, now) {
      const rows = await db
        .selectFrom("secrets")
        .selectAll()
        .where("account_id", "=", accountId)
        .where("kind", "=", kind)
        .where("revoke_time", "is", null)
        .where(liveAt(now))
        .orderBy("create_time", "desc")
        .execute();
      return rows.map((row) => ({ ...toSecret(row), hash: row.hash }));
    },

    async insert(secret) {
      await db
        .insertInto("secrets")
        .values({
          secret_id: secret.secretId,
          account_id: secret.accountId,
          partner_id: secret.partnerId,
          kind: secret.kind,
          display_name: secret.displayName,
          hash: secret.hash,
          create_time: secret.createdAt,
          expire_time: secret.expireAt ?? null,
          last_use_time: secret.lastUseAt ?? null,
          revoke_time: secret.revokedAt ?? null,
        })
        .execute();
    },

    async revoke(secretId, at) {
      await db.updateTable("secrets").set({ revoke_time: at }).where("secret_id", "=", secretId).execute();
    },

    async recordUse(secretId, at) {
      await db
        .updateTable("secrets")
        .set({ last_use_time: at })
        .where("secret_id", "=", secretId)
        .where((eb) =>
          eb.or([eb("last_use_time", "is", null), eb("last_use_time", "<=", at - useAccuracyMs)]),
        )
        .execute();
    },

    async deleteGone(goneSince) {
      const { numDeletedRows } = await db
        .deleteFrom("secrets")
        .where((eb) => eb.not(liveAt(goneSince)(eb)))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/** Not expired and not revoked at that time. */
function liveAt(at: number) {
  return (eb: ExpressionBuilder<IdentitySchema, "secrets">) =>
    eb.and([
      eb.or([eb("expire_time", "is", null), eb("expire_time", ">", at)]),
      eb.or([eb("revoke_time", "is", null), eb("revoke_time", ">", at)]),
    ]);
}

function toSecret(row: SecretsTable): Secret {
  return {
    secretId: row.secret_id,
    accountId: row.account_id,
    partnerId: row.partner_id,
    kind: row.kind as SecretKind,
    displayName: row.display_name,
    createdAt: row.create_time,
    expireAt: row.expire_time ?? undefined,
    lastUseAt: row.last_use_time ?? undefined,
    revokedAt: row.revoke_time ?? undefined,
  };
}
