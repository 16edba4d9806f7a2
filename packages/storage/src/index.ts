export type { Database, Dialect, StorageEvent, WriteOptions } from "./database.ts";
export { isTransient, type MigrationMismatch, StorageError, type StorageErrorCode } from "./errors.ts";
export {
  type IdempotencySchema,
  type Idempotent,
  type IdempotentRequest,
  idempotencyPeriodMs,
  idempotencyTables,
  idempotent,
  pruneIdempotencyKeys,
} from "./idempotency/idempotent.ts";
export type { Migration, SqlTypes } from "./migrations/migration.ts";
export { openDatabase } from "./open-database.ts";
export type { OpenOptions } from "./options.ts";
export {
  appendToOutbox,
  lastPosition,
  type OutboxEvent,
  type OutboxPage,
  type OutboxSchema,
  outboxTables,
  pruneOutbox,
  readOutbox,
  type StoredEvent,
} from "./outbox/outbox.ts";
export { isUniqueViolation } from "./unique-violation.ts";
