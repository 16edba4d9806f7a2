import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import type { StorageEvent } from "../database.ts";
import type { ResolvedOptions } from "../options.ts";
import { noteConnectionError } from "./postgres-errors.ts";
import { postgresTypes } from "./postgres-types.ts";

const defaultPoolSize = 10;

/** Added to the server's limit of a statement before we give up on the connection itself. */
const silenceMs = 5000;

/** What every connection is made with. */
export function clientConfig(connectionString: string, options: ResolvedOptions): pg.ClientConfig {
  return {
    connectionString,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: postgresTypes,
  };
}

/** A pool as Kysely wants it, whose errors `classifyPostgres` can read. */
export function openPool(connectionString: string, options: ResolvedOptions): PostgresPool {
  const pool = new pg.Pool({
    ...clientConfig(connectionString, options),
    max: options.poolSize ?? defaultPoolSize,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs === 0 ? 0 : options.statementTimeoutMs + silenceMs,
    // A replica that hangs in the middle of a transaction must not keep the others from its locks.
    idle_in_transaction_session_timeout: options.statementTimeoutMs,
  });
  const onError = (cause: unknown): void => {
    const event: StorageEvent = { kind: "connection_lost", cause };
    options.onEvent(event);
  };
  pool.on("error", onError);
  // A connection that breaks while it is lent out emits an error of its own, which without a listener ends the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      try {
        return wrap(await pool.connect());
      } catch (error) {
        noteConnectionError(error);
        throw error;
      }
    },
  };
}

const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>();

function wrap(client: pg.PoolClient): PostgresPoolClient {
  let wrapper = wrapped.get(client);
  if (wrapper === undefined) {
    let broken = false;
    const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
      try {
        return await client.query(sql, parameters.map(toParameter));
      } catch (error) {
        broken ||= noteConnectionError(error);
        throw error;
      }
    };
    wrapper = {
      query: query as PostgresPoolClient["query"],
      // Also one that only gave no answer in time: it may still hold a lock.
      release: (destroy) => client.release(destroy || broken),
    };
    wrapped.set(client, wrapper);
  }
  return wrapper;
}

function toParameter(value: unknown): unknown {
  if (typeof value === "boolean" || value === undefined || value instanceof Date) {
    // SQLite would take some of these and PostgreSQL others: neither may work on one store only.
    throw new TypeError(`a parameter is ${String(value)}: only numbers, text, bytes and null are stored`);
  }
  return value;
}
