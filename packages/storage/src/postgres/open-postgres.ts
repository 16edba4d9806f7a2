import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import type { Database, WriteOptions } from "../database.ts";
import { KeyedQueue } from "../internal/keyed-queue.ts";
import { Lifetime } from "../internal/lifetime.ts";
import { retrying } from "../internal/retry.ts";
import { assertNotNested, attempt } from "../internal/transact.ts";
import { WakeListeners } from "../internal/wake-listeners.ts";
import { migrate } from "../migrations/migrate.ts";
import type { ResolvedOptions } from "../options.ts";
import { classifyPostgres } from "./postgres-errors.ts";
import { openPool } from "./postgres-pool.ts";
import { PostgresWake } from "./postgres-wake.ts";

/** The advisory lock that a replica holds while it migrates. */
const migrationLock = "wirehouse/migrate";

/** Opens a database of a PostgreSQL server. Throws `StorageError`. */
export async function openPostgres<Schema>(
  connectionString: string,
  options: ResolvedOptions,
): Promise<Database<Schema>> {
  const lifetime = new Lifetime();
  const queue = new KeyedQueue();
  const identity = {};
  await migrateOnce(connectionString, options);
  const kysely = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: openPool(connectionString, options) }),
  });
  const wakes = new PostgresWake(connectionString, options, new WakeListeners(), (channel, payload) =>
    sql`select pg_notify(${channel}, ${payload})`.execute(kysely),
  );

  const retry = <T>(operation: "read" | "write", run: () => Promise<T>): Promise<T> =>
    retrying(operation, options, classifyPostgres, run);
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    assertNotNested(identity);
    return await lifetime.during(run);
  };

  const writeOn = <T>(on: Kysely<Schema>, run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> =>
    attempt(
      identity,
      () => on.startTransaction().setIsolationLevel("serializable").execute(),
      run,
      classifyPostgres,
    );
  const writeLocked = <T>(key: string, run: (tx: Transaction<Schema>) => Promise<T>): Promise<T> =>
    // In line here first: one that waits at the server keeps a connection of the pool from the others.
    queue.run(key, () => kysely.connection().execute((on) => holding(on, key, () => writeOn(on, run))));

  return {
    dialect: "postgres",
    read: (run) =>
      guarded(() =>
        retry("read", () =>
          attempt(
            identity,
            () =>
              kysely
                .startTransaction()
                .setIsolationLevel("repeatable read")
                .setAccessMode("read only")
                .execute(),
            run,
            classifyPostgres,
          ),
        ),
      ),
    readOne: (run) => guarded(() => retry("read", () => run(kysely))),
    write: (run, { lock }: WriteOptions = {}) =>
      guarded(() =>
        retry("write", () => (lock === undefined ? writeOn(kysely, run) : writeLocked(lock, run))),
      ),
    wake: (channel) => wakes.wake(channel),
    onWake: (channel, listener) => wakes.onWake(channel, listener),
    ping: () => lifetime.during(() => retry("read", async () => void (await sql`select 1`.execute(kysely)))),
    close: () =>
      lifetime.close(async () => {
        await wakes.close();
        await kysely.destroy();
      }),
  };
}

/** On a connection without limits of time: a migration may take long, and so may waiting for the replica that applies it. */
async function migrateOnce(connectionString: string, options: ResolvedOptions): Promise<void> {
  const pool = openPool(connectionString, { ...options, poolSize: 1, statementTimeoutMs: 0 });
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const exclusively = <T>(run: (tx: Transaction<unknown>) => Promise<T>): Promise<T> =>
      retrying("write", options, classifyPostgres, () =>
        attempt(
          kysely,
          // Not serializable: what was committed while this one waited for the lock must be seen.
          () => kysely.startTransaction().setIsolationLevel("read committed").execute(),
          async (tx) => {
            await sql`select pg_advisory_xact_lock(hashtextextended(${migrationLock}, 0))`.execute(tx);
            return await run(tx);
          },
          classifyPostgres,
        ),
      );
    await migrate({ dialect: "postgres", exclusively }, options.migrations, options.now, options.onEvent);
  } finally {
    await kysely.destroy();
  }
}

/** Holds the lock from before the transaction begins, so that its snapshot has what the one before wrote, until after its end. */
async function holding<Schema, T>(on: Kysely<Schema>, key: string, run: () => Promise<T>): Promise<T> {
  const lock = sql`hashtextextended(${`wirehouse/write/${key}`}, 0)`;
  await sql`select pg_advisory_lock(${lock})`.execute(on);
  try {
    return await run();
  } finally {
    // If the connection broke, the server has released it.
    await sql`select pg_advisory_unlock(${lock})`.execute(on).catch(() => undefined);
  }
}
