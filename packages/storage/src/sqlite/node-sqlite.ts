import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/** Statements kept compiled per connection: more than a service has, so that what it repeats is never compiled again. */
const cachedStatements = 500;

/** How to open a file. */
export interface NodeSqliteOptions {
  readOnly: boolean;
}

/** A `node:sqlite` connection as Kysely's SQLite dialect wants it. */
export function openNodeSqlite(file: string, options: NodeSqliteOptions): SqliteDatabase {
  const database = new DatabaseSync(file, {
    readOnly: options.readOnly,
    enableForeignKeyConstraints: true,
    // SQLite waits by blocking the thread, so only for a moment: the rest of the waiting is done by retries, with a timer.
    timeout: 5,
  });
  if (!options.readOnly) {
    // WAL: readers never wait. FULL: a commit is on the disk before it is acknowledged.
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
  }
  const cache = new Map<string, CachedStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      let statement = cache.get(sql);
      if (statement === undefined) {
        statement = new CachedStatement(database, sql);
        if (cache.size >= cachedStatements) {
          cache.delete(cache.keys().next().value as string);
        }
        cache.set(sql, statement);
      }
      return statement;
    },
  };
}

class CachedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #database: DatabaseSync;
  readonly #sql: string;
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, sql: string) {
    this.#database = database;
    this.#sql = sql;
    this.#statement = database.prepare(sql);
    this.reader = this.#statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...parameters.map(toInput));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...parameters.map(toInput));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    // Its own statement: the same query, run while this one is being iterated, would rewind it.
    return this.#database.prepare(this.#sql).iterate(...parameters.map(toInput));
  }
}

function toInput(value: unknown): SQLInputValue {
  if (typeof value === "boolean" || value === undefined || value instanceof Date) {
    // PostgreSQL would take some of these and SQLite others: neither may work on one store only.
    throw new TypeError(`a parameter is ${String(value)}: only numbers, text, bytes and null are stored`);
  }
  return value as SQLInputValue;
}
