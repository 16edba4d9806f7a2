import type { Kysely, Transaction } from "kysely";

/** Which database it is. */
export type Dialect = "sqlite" | "postgres";

/** Options of one `write`. */
export interface WriteOptions {
  /**
   * A key that at most one of the transactions which name it holds at a time, over all replicas. The others wait before they
   * begin, and so see what it wrote, instead of failing and being repeated. For rows that many writers change, such as a
   * counter. Default: none. On SQLite it has no effect: there writes come one after the other anyhow.
   */
  lock?: string;
}

/**
 * A database with the tables of `Schema`. The same on both stores:
 *
 * - integers are numbers (`StorageError` `integer_out_of_range` beyond ±(2^53 - 1)), bytes are `Uint8Array`, no booleans, no
 *   dates: a point in time is a number of milliseconds since 1970, yes and no are 1 and 0, JSON is text;
 * - text is ordered by its bytes in UTF-8.
 *
 * Errors are `StorageError`; a violated constraint is the database's own error (see `isUniqueViolation`).
 */
export interface Database<Schema> {
  readonly dialect: Dialect;

  /**
   * Reads, in one transaction that sees the database at one point in time, however long it takes. Writing in it fails
   * (`read_only`). Repeated like `write`.
   */
  read<T>(run: (tx: Kysely<Schema>) => Promise<T>): Promise<T>;

  /** Reads with a single statement: saves the begin and commit of `read`. Several statements may see different states. */
  readOne<T>(run: (db: Kysely<Schema>) => Promise<T>): Promise<T>;

  /**
   * Writes, in one transaction: all or nothing, and as if no other transaction ran meanwhile (serializable). Durable when it
   * resolves. The function is run again when another transaction came in between, so it must have no other effect. What it
   * throws rolls back and passes through.
   */
  write<T>(run: (tx: Transaction<Schema>) => Promise<T>, options?: WriteOptions): Promise<T>;

  /**
   * Tells all replicas that something changed under this name (at most 200 characters). Call it after the write. Only a hint:
   * it may be lost, so who listens also polls. Returns at once, never throws. On SQLite it reaches this process only.
   */
  wake(channel: string): void;

  /** Calls `listener` on each `wake` of the channel, by whatever replica, and whenever one may have been missed. Returns how to stop. */
  onWake(channel: string, listener: () => void): () => void;

  /** Resolves when the database answers a query. Throws `StorageError` (`unavailable`, `timeout`, `closed`). */
  ping(): Promise<void>;

  /** Waits for the transactions under way, then closes. Later calls fail with `closed`; closing twice is closing once. */
  close(): Promise<void>;
}

/** What the storage reports besides results, for logs and metrics. Without content of the database. */
export type StorageEvent =
  | { kind: "migrated"; migration: string; durationMs: number }
  | { kind: "retry"; operation: "read" | "write"; attempt: number; waitMs: number; cause: unknown }
  | { kind: "connection_lost"; cause: unknown }
  | { kind: "listen_lost"; cause: unknown; waitMs: number }
  | { kind: "listen_restored" };
