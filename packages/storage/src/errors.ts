/**
 * Why the storage failed. The codes are stable; messages are not.
 *
 * - `invalid_options`: an option is wrong; the message names it.
 * - `migration_mismatch`: the database was migrated by another version of the program than this one continues; `reason` says how.
 * - `migration_failed`: a statement of a migration failed; the migration was rolled back. The cause is the database's error.
 * - `unavailable`: the database cannot be reached, or broke off before the commit: nothing was written. Try again later.
 * - `commit_unknown`: the connection broke during the commit: it was written, or it was not. Read, or repeat with an idempotency key.
 * - `conflict`: other transactions kept coming in between, in every attempt. Nothing was written. Try again later.
 * - `timeout`: a statement ran longer than `statementTimeoutMs`. Nothing was written.
 * - `full`: the disk is full. Nothing was written.
 * - `read_only`: the database takes no writes: a read-only file, or a PostgreSQL standby.
 * - `corrupt`: the file is damaged, or is no database.
 * - `closed`: `close()` was called.
 * - `nested`: a transaction was started inside another one, which would wait for ever for its own connection.
 * - `integer_out_of_range`: an integer of the database is beyond ±(2^53 - 1).
 * - `postgres_unavailable`: the tests need PostgreSQL, and its programs are not installed (`@partner/storage/testing`).
 */
export type StorageErrorCode =
  | "invalid_options"
  | "migration_mismatch"
  | "migration_failed"
  | "unavailable"
  | "commit_unknown"
  | "conflict"
  | "timeout"
  | "full"
  | "read_only"
  | "corrupt"
  | "closed"
  | "nested"
  | "integer_out_of_range"
  | "postgres_unavailable";

/** How the migrations of the database differ from those of the program. */
export type MigrationMismatch = "newer" | "changed" | "gap";

/** Extra fields of a `StorageError`. */
export interface StorageErrorOptions extends ErrorOptions {
  /** For `migration_mismatch`: in which way. */
  reason?: MigrationMismatch;
  /** For `migration_mismatch` and `migration_failed`: the migration's name. */
  migration?: string;
}

/** The only error class of this package. What the function given to `read` or `write` throws itself passes through. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  /** For `migration_mismatch`: in which way, else undefined. */
  readonly reason: MigrationMismatch | undefined;
  /** For `migration_mismatch` and `migration_failed`: the migration's name, else undefined. */
  readonly migration: string | undefined;

  constructor(code: StorageErrorCode, message: string, options?: StorageErrorOptions) {
    super(message, options);
    this.code = code;
    this.reason = options?.reason;
    this.migration = options?.migration;
  }
}

/** Whether the same call may succeed later, nothing having been written: `unavailable`, `conflict` or `timeout`. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof StorageError &&
    (error.code === "unavailable" || error.code === "conflict" || error.code === "timeout")
  );
}

const unusable: ReadonlySet<StorageErrorCode> = new Set([
  "unavailable",
  "commit_unknown",
  "conflict",
  "timeout",
  "full",
  "read_only",
  "closed",
]);

/**
 * Whether the database cannot be used now, and may be later. Unlike `isTransient` also where it is open whether something
 * was written: for services whose calls may be repeated.
 */
export function isUnusable(error: StorageError): boolean {
  return unusable.has(error.code);
}
