export type { Database, Dialect, StorageEvent, WriteOptions } from "./database.ts";
export { isTransient, type MigrationMismatch, StorageError, type StorageErrorCode } from "./errors.ts";
export type { Migration, SqlTypes } from "./migrations/migration.ts";
export { openDatabase } from "./open-database.ts";
export type { OpenOptions } from "./options.ts";
