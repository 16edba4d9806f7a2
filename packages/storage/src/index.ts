export type { Database, Dialect, StorageEvent, WriteOptions } from "./database.ts";
export {
  isTransient,
  isUnusable,
  type MigrationMismatch,
  StorageError,
  type StorageErrorCode,
} from "./errors.ts";
export type { Migration, SqlTypes } from "./migrations/migration.ts";
export { openDatabase } from "./open-database.ts";
export type { OpenOptions } from "./options.ts";
export { isUniqueViolation } from "./unique-violation.ts";
