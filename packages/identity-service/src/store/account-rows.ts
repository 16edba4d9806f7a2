import type { Kysely } from "kysely";
import type { ServiceAccount, ServiceAccountState } from "../domain/model.ts";
import type { AccountRows } from "../domain/store.ts";
import type { IdentitySchema, ServiceAccountsTable } from "./schema.ts";

/** The accuracy of `last_sign_in_time`: fewer writes on the hottest path. */
const signInAccuracyMs = 60_000;

export function accountRows(db: Kysely<IdentitySchema>): AccountRows {
  return {
    async find(accountId) {
      const row = await db
        .selectFrom("service_accounts")
        .selectAll()
        .where("account_id", "=", accountId)
        .executeTakeFirst();
      return row && toAccount(row);
    },

    async findByUsername(username) {
      const row = await db
        .selectFrom("service_accounts")
        .selectAll()
        .where("username", "=", username)
        .executeTakeFirst();
      return row && toAccount(row);
    },

    async list({ partnerId, states, after, limit }) {
      let query = db
        .selectFrom("service_accounts")
        .selectAll()
        .where("partner_id", "=", partnerId)
        .orderBy("username")
        .limit(limit);
      if (states.length > 0) {
        query = query.where("state", "in", states);
      }
      if (after !== undefined) {
        query = query.where("username", ">", after);
      }
      return (await query.execute()).map(toAccount);
    },

    async count(partnerId) {
      const { count } = await db
        .selectFrom("service_accounts")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("partner_id", "=", partnerId)
        .executeTakeFirstOrThrow();
      return count;
    },

    async insert(account) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("usernames")
        .values({ username: account.username, account_id: account.accountId })
        .onConflict((conflict) => conflict.column("username").doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 1n) {
        return false;
      }
      await db.insertInto("service_accounts").values(toRow(account)).execute();
      return true;
    },

    async update(account) {
      await db
        .updateTable("service_accounts")
        .set(toRow(account))
        .where("account_id", "=", account.accountId)
        .execute();
    },

    async delete(accountId) {
      await db.deleteFrom("service_accounts").where("account_id", "=", accountId).execute();
    },

    async recordSignIn(accountId, at) {
      await db
        .updateTable("service_accounts")
        .set({ last_sign_in_time: at })
        .where("account_id", "=", accountId)
        .where((eb) =>
          eb.or([eb("last_sign_in_time", "is", null), eb("last_sign_in_time", "<=", at - signInAccuracyMs)]),
        )
        .execute();
    },
  };
}

function toAccount(row: ServiceAccountsTable): ServiceAccount {
  return {
    accountId: row.account_id,
    partnerId: row.partner_id,
    username: row.username,
    displayName: row.display_name,
    scopes: row.scopes === "" ? [] : row.scopes.split(" "),
    state: row.state as ServiceAccountState,
    lockExpireAt: row.lock_expire_time ?? undefined,
    lastSignInAt: row.last_sign_in_time ?? undefined,
    etag: row.etag,
    createdAt: row.create_time,
    updatedAt: row.update_time,
  };
}

function toRow(account: ServiceAccount): ServiceAccountsTable {
  return {
    account_id: account.accountId,
    partner_id: account.partnerId,
    username: account.username,
    display_name: account.displayName,
    scopes: account.scopes.join(" "),
    state: account.state,
    lock_expire_time: account.lockExpireAt ?? null,
    last_sign_in_time: account.lastSignInAt ?? null,
    etag: account.etag,
    create_time: account.createdAt,
    update_time: account.updatedAt,
  };
}
