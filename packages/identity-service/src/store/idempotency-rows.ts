import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { IdempotencyRows } from "../domain/store.ts";
import type { IdentitySchema } from "./schema.ts";

export function idempotencyRows(db: Kysely<IdentitySchema>): IdempotencyRows {
  return {
    async claim({ scope, key, fingerprint, resultId, now, expireAt }) {
      const digest = createHash("sha256").update(fingerprint).digest("base64url");
      const used = await db
        .selectFrom("idempotency_keys")
        .selectAll()
        .where("scope", "=", scope)
        .where("key", "=", key)
        .executeTakeFirst();
      if (used !== undefined && used.expire_time > now) {
        return { kind: "used", resultId: used.result_id, same: used.digest === digest };
      }
      const values = { digest, result_id: resultId, expire_time: expireAt };
      await db
        .insertInto("idempotency_keys")
        .values({ scope, key, ...values })
        .onConflict((conflict) => conflict.columns(["scope", "key"]).doUpdateSet(values))
        .execute();
      return { kind: "new" };
    },

    async deleteExpired(now) {
      const { numDeletedRows } = await db
        .deleteFrom("idempotency_keys")
        .where("expire_time", "<=", now)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
