import type { Kysely } from "kysely";
import type { Ids } from "../domain/ports.ts";
import type { AuditRows, GuardRows, RefreshTokenRows } from "../domain/sign-in-ports.ts";
import type { IdentitySchema } from "./schema.ts";

export function refreshTokenRows(db: Kysely<IdentitySchema>): RefreshTokenRows {
  return {
    async find(tokenId) {
      const row = await db
        .selectFrom("refresh_tokens")
        .selectAll()
        .where("token_id", "=", tokenId)
        .executeTakeFirst();
      return (
        row && {
          tokenId,
          digest: row.digest,
          usedAt: row.use_time ?? undefined,
          successorId: row.successor_id ?? undefined,
        }
      );
    },
    async insert({ tokenId, digest, usedAt, successorId }) {
      await db
        .insertInto("refresh_tokens")
        .values({ token_id: tokenId, digest, use_time: usedAt ?? null, successor_id: successorId ?? null })
        .execute();
    },
    async markUsed(tokenId, { at, successorId }) {
      await db
        .updateTable("refresh_tokens")
        .set({ use_time: at, successor_id: successorId ?? null })
        .where("token_id", "=", tokenId)
        .execute();
    },
    async deleteOrphans() {
      const known = db.selectFrom("tokens").select("token_id").where("kind", "=", "refresh");
      await db.deleteFrom("refresh_tokens").where("token_id", "not in", known).execute();
    },
  };
}

export function guardRows(db: Kysely<IdentitySchema>): GuardRows {
  return {
    async find(subject) {
      const row = await db
        .selectFrom("sign_in_guard")
        .selectAll()
        .where("subject", "=", subject)
        .executeTakeFirst();
      return row && { subject, failures: row.failures, since: row.since_time, blockedUntil: row.block_time };
    },
    async put({ subject, failures, since, blockedUntil }) {
      const values = { failures, since_time: since, block_time: blockedUntil };
      await db
        .insertInto("sign_in_guard")
        .values({ subject, ...values })
        .onConflict((conflict) => conflict.column("subject").doUpdateSet(values))
        .execute();
    },
    async delete(subject) {
      await db.deleteFrom("sign_in_guard").where("subject", "=", subject).execute();
    },
    async deleteOutdated(before) {
      await db
        .deleteFrom("sign_in_guard")
        .where("since_time", "<", before)
        .where("block_time", "<", before)
        .execute();
    },
  };
}

export function auditRows(db: Kysely<IdentitySchema>, ids: Ids): AuditRows {
  return {
    async append({ at, partnerId, ...entry }) {
      await db
        .insertInto("audit_log")
        .values({ audit_id: ids.uuid(), occur_time: at, partner_id: partnerId, ...entry })
        .execute();
    },
    async deleteOldest(before, limit) {
      const oldest = db
        .selectFrom("audit_log")
        .select("audit_id")
        .where("occur_time", "<", before)
        .orderBy("occur_time")
        .limit(limit);
      const { numDeletedRows } = await db
        .deleteFrom("audit_log")
        .where("audit_id", "in", oldest)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
