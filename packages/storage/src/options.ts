import type { StorageEvent } from "./database.ts";
import type { Migration } from "./migrations/migration.ts";

/** Options of `openDatabase`. */
export interface OpenOptions {
  /**
   * Where the database is: `sqlite:<file>` (the folder must exist), `sqlite::memory:`, `postgres://user@host/name`. TLS to
   * PostgreSQL is chosen by the URL: `?sslmode=verify-full&sslrootcert=<file>`.
   */
  url: string;

  /** All migrations of the program, in order. Those that are missing in the database are applied. */
  migrations: readonly Migration[];

  /** How many connections at most: to PostgreSQL for reads and writes (default 10), to SQLite for reads (default 4). */
  poolSize?: number;

  /** How long to wait for a connection, in milliseconds, from the pool or to the server; then `unavailable`. Default: 5000. */
  connectTimeoutMs?: number;

  /** The longest that one statement runs, in milliseconds; then `timeout`. 0: no limit. PostgreSQL only. Default: 30,000. */
  statementTimeoutMs?: number;

  /** The name of the connections in `pg_stat_activity`. Default: `wirehouse`. */
  applicationName?: string;

  /** How often a transaction is tried in all when others come in between; then `conflict`. Default: 12. */
  maxAttempts?: number;

  /** Is told of what is worth logging. Default: nobody is. */
  onEvent?: (event: StorageEvent) => void;

  /** The clock, in milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;

  /** Waits for so many milliseconds. Default: a timer. */
  sleep?: (ms: number) => Promise<void>;

  /** A number from 0 up to 1, for jitter. Default: `Math.random`. */
  random?: () => number;
}

/** The options with their defaults filled in. */
export interface ResolvedOptions extends Required<Omit<OpenOptions, "poolSize">> {
  poolSize: number | undefined;
}

export function resolveOptions(options: OpenOptions): ResolvedOptions {
  return {
    url: options.url,
    migrations: options.migrations,
    poolSize: options.poolSize,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    applicationName: options.applicationName ?? "wirehouse",
    maxAttempts: options.maxAttempts ?? 12,
    onEvent: options.onEvent ?? (() => undefined),
    now: options.now ?? Date.now,
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    random: options.random ?? Math.random,
  };
}
