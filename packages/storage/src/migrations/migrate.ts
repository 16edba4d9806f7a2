import { type Kysely, sql, type Transaction } from "kysely";
import type { Dialect, StorageEvent } from "../database.ts";
import { StorageError } from "../errors.ts";
import { type Migration, statementsOf } from "./migration.ts";
import { type AppliedMigration, pendingMigrations } from "./pending.ts";

/** The part of a database that migrating needs. */
export interface MigrationTarget {
  readonly dialect: Dialect;
  /** Runs in one transaction, while no other replica runs one of these. */
  exclusively<T>(run: (tx: Transaction<unknown>) => Promise<T>): Promise<T>;
}

const recordTable = "schema_migrations";

/**
 * Applies what is missing, each migration in a transaction of its own. Of several replicas that start together one applies
 * it, the others wait and find it done. Throws `StorageError` (`migration_mismatch`, `migration_failed`, `unavailable`).
 */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
  now: () => number,
  onEvent: (event: StorageEvent) => void,
): Promise<void> {
  for (;;) {
    const startedAt = now();
    const applied = await target.exclusively((tx) => applyNext(tx, target.dialect, migrations, startedAt));
    if (applied === undefined) {
      return;
    }
    onEvent({ kind: "migrated", migration: applied, durationMs: now() - startedAt });
  }
}

async function applyNext(
  tx: Transaction<unknown>,
  dialect: Dialect,
  migrations: readonly Migration[],
  now: number,
): Promise<string | undefined> {
  await createRecordTable(tx, dialect);
  const applied =
    await sql<AppliedMigration>`select name, checksum from ${sql.table(recordTable)} order by name`.execute(
      tx,
    );
  const [next] = pendingMigrations(migrations, applied.rows, dialect);
  if (next === undefined) {
    return undefined;
  }
  for (const statement of next.statements) {
    try {
      await sql.raw(statement).execute(tx);
    } catch (cause) {
      throw new StorageError(
        "migration_failed",
        `migrations: ${next.name} failed and was rolled back: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause, migration: next.name },
      );
    }
  }
  await sql`insert into ${sql.table(recordTable)} (name, checksum, apply_time) values (${next.name}, ${next.checksum}, ${now})`.execute(
    tx,
  );
  return next.name;
}

async function createRecordTable(tx: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const [create] = statementsOf(
    {
      name: "0000_records",
      statements: (t) => [
        t
          .table(
            recordTable,
            `name ${t.text} primary key, checksum ${t.text} not null, apply_time ${t.integer} not null`,
          )
          .replace("create table", "create table if not exists"),
      ],
    },
    dialect,
  );
  await sql.raw(create as string).execute(tx);
}
