import type { Dialect } from "../database.ts";
import { StorageError } from "../errors.ts";
import { checksumOf, type Migration, statementsOf } from "./migration.ts";

/** A migration as the database has it recorded. */
export interface AppliedMigration {
  name: string;
  checksum: string;
}

/** A migration that is still to be applied. */
export interface PendingMigration extends AppliedMigration {
  statements: readonly string[];
}

/**
 * What is to be applied. Throws `StorageError` `invalid_options` if names are malformed or out of order, and
 * `migration_mismatch` if what was applied is not what the program's list begins with.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  dialect: Dialect,
): PendingMigration[] {
  checkNames(migrations);
  const known = migrations.map((migration) => {
    const statements = statementsOf(migration, dialect);
    return { name: migration.name, checksum: checksumOf(statements), statements };
  });
  const byName = new Map(known.map((migration) => [migration.name, migration]));
  for (const [index, record] of applied.entries()) {
    const migration = byName.get(record.name);
    if (migration === undefined) {
      throw mismatch(
        "newer",
        record.name,
        `the database has the migration ${record.name}, which this program does not know: it was migrated by a newer one. Start that one, or restore a backup`,
      );
    }
    if (migration.checksum !== record.checksum) {
      throw mismatch(
        "changed",
        record.name,
        `the migration ${record.name} was changed after it had been applied. Undo the change, and make it a new migration`,
      );
    }
    const expected = known[index];
    if (expected !== undefined && expected.name !== record.name) {
      throw mismatch(
        "gap",
        expected.name,
        `the migration ${expected.name} was not applied, but the later ${record.name} was. Give it a name after the last one that was released`,
      );
    }
  }
  return known.slice(applied.length);
}

function checkNames(migrations: readonly Migration[]): void {
  let last = "";
  for (const { name } of migrations) {
    if (!/^\d{4}_[a-z0-9_]+$/.test(name)) {
      throw new StorageError(
        "invalid_options",
        `migrations: the name '${name}' is not of the form 0001_words`,
      );
    }
    if (name.slice(0, 4) <= last) {
      throw new StorageError(
        "invalid_options",
        `migrations: ${name} must come before ${last}, or its number be higher`,
      );
    }
    last = name.slice(0, 4);
  }
}

function mismatch(reason: "newer" | "changed" | "gap", migration: string, message: string): StorageError {
  return new StorageError("migration_mismatch", `migrations: ${message}.`, { reason, migration });
}
