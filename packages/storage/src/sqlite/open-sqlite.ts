import { type Kysely, sql, type Transaction } from "kysely";
import type { Database } from "../database.ts";
import { Lifetime } from "../internal/lifetime.ts";
import { retrying } from "../internal/retry.ts";
import { assertNotNested, attempt } from "../internal/transact.ts";
import { WakeListeners } from "../internal/wake-listeners.ts";
import { migrate } from "../migrations/migrate.ts";
import type { ResolvedOptions } from "../options.ts";
import { ReaderPool } from "./reader-pool.ts";
import { classifySqlite } from "./sqlite-errors.ts";
import { sqliteKysely } from "./sqlite-kysely.ts";

const defaultReaders = 4;

/** Opens one file, or `:memory:`. Throws `StorageError`. */
export async function openSqlite<Schema>(file: string, options: ResolvedOptions): Promise<Database<Schema>> {
  const lifetime = new Lifetime();
  const wakes = new WakeListeners();
  const connections: Kysely<Schema>[] = [];
  const connect = (readOnly: boolean): Kysely<Schema> => {
    const connection = sqliteKysely<Schema>(file, { readOnly });
    connections.push(connection);
    return connection;
  };
  const destroy = async (): Promise<void> => {
    await Promise.all(connections.map((connection) => connection.destroy()));
  };

  const identity = {};
  const retry = <T>(operation: "read" | "write", run: () => Promise<T>): Promise<T> =>
    retrying(operation, options, classifySqlite, run);

  const writer = await retry("write", async () => connect(false));
  const write = <T>(run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> =>
    retry("write", () => attempt(identity, () => writer.startTransaction().execute(), run, classifySqlite));

  try {
    await migrate(
      { dialect: "sqlite", exclusively: (run) => write((tx) => run(tx as Transaction<unknown>)) },
      options.migrations,
      options.now,
      options.onEvent,
    );
  } catch (error) {
    await destroy();
    throw error;
  }

  // A database in memory has one connection, on which readers and writers take turns.
  const readers = new ReaderPool(
    file === ":memory:" ? 1 : (options.poolSize ?? defaultReaders),
    file === ":memory:" ? () => writer : () => connect(true),
  );
  const readIn = <T>(tx: Transaction<Schema>, run: (tx: Kysely<Schema>) => Promise<T>): Promise<T> =>
    file === ":memory:" ? queryOnly(tx, run) : run(tx);
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    assertNotNested(identity);
    return await lifetime.during(run);
  };

  return {
    dialect: "sqlite",
    read: (run) =>
      guarded(() =>
        retry("read", () =>
          readers.use((reader) =>
            attempt(
              identity,
              () => reader.startTransaction().execute(),
              (tx) => readIn(tx, run),
              classifySqlite,
            ),
          ),
        ),
      ),
    readOne: (run) => guarded(() => retry("read", () => readers.use((reader) => run(reader)))),
    write: (run) => guarded(() => write(run)),
    wake: (channel) => wakes.wake(channel),
    onWake: (channel, listener) => wakes.add(channel, listener),
    ping: () =>
      lifetime.during(() =>
        retry("read", () => readers.use(async (reader) => void (await sql`select 1`.execute(reader)))),
      ),
    close: () => lifetime.close(destroy),
  };
}

/** Makes a connection that could write refuse to, for as long as `run` takes. */
async function queryOnly<Schema, T>(
  tx: Transaction<Schema>,
  run: (tx: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  await sql`pragma query_only = on`.execute(tx);
  try {
    return await run(tx);
  } finally {
    await sql`pragma query_only = off`.execute(tx);
  }
}
