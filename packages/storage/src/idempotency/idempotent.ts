import type { Transaction } from "kysely";
import type { SqlTypes } from "../migrations/migration.ts";

/** The table of idempotency keys, for the `Schema` of a database that has one. */
export interface IdempotencySchema {
  idempotency_key: { scope: string; key: string; digest: string; response: string; expire_time: number };
}

/** Which request it is. */
export interface IdempotentRequest {
  /** Within which keys are unique: the RPC and who calls, so that no caller meets another's keys. */
  scope: string;
  /** The key that the client made. */
  key: string;
  /** A digest of what else is in the request; a repeat must have the same. */
  digest: string;
  /** The time, in milliseconds since 1970. */
  now: number;
}

/** What became of the request. */
export type Idempotent =
  /** It was run now, or (`repeat`) before: what `run` answered then. */
  | { kind: "first" | "repeat"; response: string }
  /** The key was used for another request. */
  | { kind: "mismatch" };

/** How long a key is remembered, in milliseconds. */
export const idempotencyPeriodMs = 24 * 60 * 60 * 1000;

/** The statements that make the table, for a migration of the database's own. Never changes; a new form gets a new name. */
export function idempotencyTables(t: SqlTypes): string[] {
  return [
    t.table(
      "idempotency_key",
      `scope ${t.text} not null, key ${t.text} not null, digest ${t.text} not null, response ${t.text} not null,
       expire_time ${t.integer} not null, primary key (scope, key)`,
    ),
    "create index idempotency_key_by_time on idempotency_key (expire_time)",
  ];
}

/**
 * Runs a request once in 24 hours. `run` answers with what a repeat needs, such as an id, or the response as JSON: it is stored,
 * so no secret. If it throws, nothing is stored, and a repeat runs it again. Of two at the same time one waits for the other.
 */
export async function idempotent<Schema extends IdempotencySchema>(
  transaction: Transaction<Schema>,
  request: IdempotentRequest,
  run: () => Promise<string>,
): Promise<Idempotent> {
  const tx = transaction as unknown as Transaction<IdempotencySchema>;
  const { scope, key, digest, now } = request;
  await tx
    .deleteFrom("idempotency_key")
    .where("scope", "=", scope)
    .where("key", "=", key)
    .where("expire_time", "<=", now)
    .execute();
  // Claims the key before anything is done, so that another with the same one waits here until this transaction ends.
  const claim = await tx
    .insertInto("idempotency_key")
    .values({ scope, key, digest, response: "", expire_time: now + idempotencyPeriodMs })
    .onConflict((conflict) => conflict.columns(["scope", "key"]).doNothing())
    .executeTakeFirstOrThrow();
  if (claim.numInsertedOrUpdatedRows === 0n) {
    const earlier = await tx
      .selectFrom("idempotency_key")
      .select(["digest", "response"])
      .where("scope", "=", scope)
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    return earlier.digest === digest ? { kind: "repeat", response: earlier.response } : { kind: "mismatch" };
  }
  const response = await run();
  await tx
    .updateTable("idempotency_key")
    .set({ response })
    .where("scope", "=", scope)
    .where("key", "=", key)
    .execute();
  return { kind: "first", response };
}

/** Removes the keys whose time is over. Answers with how many. */
export async function pruneIdempotencyKeys<Schema extends IdempotencySchema>(
  transaction: Transaction<Schema>,
  now: number,
): Promise<number> {
  const tx = transaction as unknown as Transaction<IdempotencySchema>;
  const { numDeletedRows } = await tx
    .deleteFrom("idempotency_key")
    .where("expire_time", "<=", now)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
