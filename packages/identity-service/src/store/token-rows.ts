import type { Kysely } from "kysely";
import type { SessionRecord, TokenKind, TokenRecord } from "../domain/model.ts";
import type { TokenRows } from "../domain/token-ports.ts";
import type { IdentitySchema, SessionsTable, TokensTable } from "./schema.ts";

export function tokenRows(db: Kysely<IdentitySchema>): TokenRows {
  return {
    async find(tokenId) {
      const row = await db
        .selectFrom("tokens")
        .selectAll()
        .where("token_id", "=", tokenId)
        .executeTakeFirst();
      return row && toToken(row);
    },

    async list({ accountId, sessionId, now, after, limit }) {
      let query = db
        .selectFrom("tokens")
        .selectAll()
        .where("account_id", "=", accountId)
        .where("expire_time", ">", now)
        .orderBy("issue_time", "desc")
        .orderBy("token_id", "desc")
        .limit(limit);
      if (sessionId !== undefined) {
        query = query.where("session_id", "=", sessionId);
      }
      if (after !== undefined) {
        query = query.where((eb) =>
          eb.or([
            eb("issue_time", "<", after.issuedAt),
            eb.and([eb("issue_time", "=", after.issuedAt), eb("token_id", "<", after.tokenId)]),
          ]),
        );
      }
      return (await query.execute()).map(toToken);
    },

    async findSession(sessionId) {
      const row = await db
        .selectFrom("sessions")
        .selectAll()
        .where("session_id", "=", sessionId)
        .executeTakeFirst();
      return row && toSession(row);
    },

    async aliveSessionsOfSecret(secretId, now) {
      const rows = await db
        .selectFrom("sessions")
        .selectAll()
        .where("secret_id", "=", secretId)
        .where("expire_time", ">", now)
        .orderBy("session_id")
        .execute();
      return rows.map(toSession);
    },

    async latestExpiry(owner) {
      const [column, id] =
        "accountId" in owner
          ? (["account_id", owner.accountId] as const)
          : (["partner_id", owner.partnerId] as const);
      const { latest } = await db
        .selectFrom("tokens")
        .select((eb) => eb.fn.max<number | null>("expire_time").as("latest"))
        .where(column, "=", id)
        .executeTakeFirstOrThrow();
      return latest ?? undefined;
    },

    async insertSession(session) {
      await db.insertInto("sessions").values(toSessionRow(session)).execute();
    },

    async insert(token) {
      await db.insertInto("tokens").values(toTokenRow(token)).execute();
      await db
        .updateTable("sessions")
        .set({ expire_time: token.expireAt })
        .where("session_id", "=", token.sessionId)
        .where("expire_time", "<", token.expireAt)
        .execute();
    },

    async deleteExpired(before) {
      await db.deleteFrom("sessions").where("expire_time", "<=", before).execute();
      const { numDeletedRows } = await db
        .deleteFrom("tokens")
        .where("expire_time", "<=", before)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

function toToken(row: TokensTable): TokenRecord {
  return {
    tokenId: row.token_id,
    sessionId: row.session_id,
    accountId: row.account_id,
    partnerId: row.partner_id,
    secretId: row.secret_id,
    kind: row.kind as TokenKind,
    scopes: split(row.scopes),
    audiences: split(row.audiences),
    keyId: row.key_id,
    issuedAt: row.issue_time,
    expireAt: row.expire_time,
  };
}

function toTokenRow(token: TokenRecord): TokensTable {
  return {
    token_id: token.tokenId,
    session_id: token.sessionId,
    account_id: token.accountId,
    partner_id: token.partnerId,
    secret_id: token.secretId,
    kind: token.kind,
    scopes: token.scopes.join(" "),
    audiences: token.audiences.join(" "),
    key_id: token.keyId,
    issue_time: token.issuedAt,
    expire_time: token.expireAt,
  };
}

function toSession(row: SessionsTable): SessionRecord {
  return {
    sessionId: row.session_id,
    accountId: row.account_id,
    partnerId: row.partner_id,
    secretId: row.secret_id,
    expireAt: row.expire_time,
  };
}

function toSessionRow(session: SessionRecord): SessionsTable {
  return {
    session_id: session.sessionId,
    account_id: session.accountId,
    partner_id: session.partnerId,
    secret_id: session.secretId,
    expire_time: session.expireAt,
  };
}

function split(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
