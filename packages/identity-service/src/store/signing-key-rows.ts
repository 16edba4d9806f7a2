import type { Kysely } from "kysely";
import type { SigningAlgorithm } from "../domain/model.ts";
import type { SigningKeyRows, StoredSigningKey } from "../domain/sign-in-ports.ts";
import type { IdentitySchema, SigningKeysTable } from "./schema.ts";

export function signingKeyRows(db: Kysely<IdentitySchema>): SigningKeyRows {
  return {
    async inSet(now) {
      const rows = await db
        .selectFrom("signing_keys")
        .selectAll()
        .where((eb) => eb.or([eb("expire_time", "is", null), eb("expire_time", ">", now)]))
        .orderBy("create_time", "desc")
        .orderBy("key_id", "desc")
        .execute();
      return rows.map(toKey);
    },

    async find(keyId) {
      const row = await db
        .selectFrom("signing_keys")
        .selectAll()
        .where("key_id", "=", keyId)
        .executeTakeFirst();
      return row && toKey(row);
    },

    async list({ after, limit, goneSince }) {
      let query = db
        .selectFrom("signing_keys")
        .selectAll()
        .where((eb) => eb.or([eb("expire_time", "is", null), eb("expire_time", ">", goneSince)]))
        .orderBy("create_time", "desc")
        .orderBy("key_id", "desc")
        .limit(limit);
      if (after !== undefined) {
        query = query.where((eb) =>
          eb.or([
            eb("create_time", "<", after.createdAt),
            eb.and([eb("create_time", "=", after.createdAt), eb("key_id", "<", after.keyId)]),
          ]),
        );
      }
      return (await query.execute()).map(toKey);
    },

    async insert(key) {
      await db.insertInto("signing_keys").values(toRow(key)).execute();
    },

    async update(key) {
      await db.updateTable("signing_keys").set(toRow(key)).where("key_id", "=", key.keyId).execute();
    },
  };
}

function toKey(row: SigningKeysTable): StoredSigningKey {
  return {
    keyId: row.key_id,
    algorithm: row.algorithm as SigningAlgorithm,
    publicJwk: row.public_jwk,
    sealedPrivate: row.sealed_private,
    createdAt: row.create_time,
    activateAt: row.activate_time,
    retireAt: row.retire_time ?? undefined,
    expireAt: row.expire_time ?? undefined,
    revokedAt: row.revoke_time ?? undefined,
    retirementTold: row.retirement_told === 1,
  };
}

function toRow(key: StoredSigningKey): SigningKeysTable {
  return {
    key_id: key.keyId,
    algorithm: key.algorithm,
    public_jwk: key.publicJwk,
    sealed_private: key.sealedPrivate,
    create_time: key.createdAt,
    activate_time: key.activateAt,
    retire_time: key.retireAt ?? null,
    expire_time: key.expireAt ?? null,
    revoke_time: key.revokedAt ?? null,
    retirement_told: key.retirementTold ? 1 : 0,
  };
}
