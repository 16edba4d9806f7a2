import type { Kysely } from "kysely";
import type { Revocation, RevocationReason, RevocationTargetKind } from "../domain/model.ts";
import type { RevocationRows, SequencedRevocation } from "../domain/store.ts";
import { inChunks } from "./in-chunks.ts";
import type { IdentitySchema, RevocationsTable } from "./schema.ts";
import { lastNumber, takeNumbers } from "./sequences.ts";

const sequence = "revocations";

/** The rows, and `flush`: writes those that were added, in the order of commits, as the last thing of the transaction. */
export function revocationRows(
  db: Kysely<IdentitySchema>,
): RevocationRows & { flush(): Promise<{ added: number }> } {
  const added: Revocation[] = [];
  return {
    async find(revocationId) {
      const row = await db
        .selectFrom("revocations")
        .selectAll()
        .where("revocation_id", "=", revocationId)
        .executeTakeFirst();
      return row && toRevocation(row);
    },

    byTargets: (ids) =>
      inChunks(ids, async (chunk) => {
        const rows = await db.selectFrom("revocations").selectAll().where("target_id", "in", chunk).execute();
        return rows.map(toRevocation);
      }),

    lastSequence: () => lastNumber(db, sequence),

    async since({ after, upTo, neededAt, limit }) {
      let query = db
        .selectFrom("revocations")
        .selectAll()
        .where("sequence", ">", after)
        .orderBy("sequence")
        .limit(limit);
      if (upTo !== undefined) {
        query = query.where("sequence", "<=", upTo);
      }
      if (neededAt !== undefined) {
        query = query.where("expire_time", ">", neededAt);
      }
      return (await query.execute()).map(toRevocation);
    },

    add(revocation) {
      added.push(revocation);
    },

    async deleteExpired(before) {
      const { numDeletedRows } = await db
        .deleteFrom("revocations")
        .where("expire_time", "<=", before.expireAt)
        .where("revoke_time", "<=", before.revokedAt)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },

    async flush() {
      if (added.length > 0) {
        const first = await takeNumbers(db, sequence, added.length);
        const rows = added.map((revocation, index) => toRow(revocation, first + index));
        await inChunks(rows, (chunk) => db.insertInto("revocations").values(chunk).execute());
      }
      return { added: added.length };
    },
  };
}

function toRevocation(row: RevocationsTable): SequencedRevocation {
  return {
    sequence: row.sequence,
    revocationId: row.revocation_id,
    partnerId: row.partner_id,
    target: { kind: row.target_kind as RevocationTargetKind, id: row.target_id },
    reason: row.reason as RevocationReason,
    revokedAt: row.revoke_time,
    expireAt: row.expire_time,
  };
}

function toRow(revocation: Revocation, number: number): RevocationsTable {
  return {
    sequence: number,
    revocation_id: revocation.revocationId,
    partner_id: revocation.partnerId,
    target_kind: revocation.target.kind,
    target_id: revocation.target.id,
    reason: revocation.reason,
    revoke_time: revocation.revokedAt,
    expire_time: revocation.expireAt,
  };
}
