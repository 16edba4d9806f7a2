import pg from "pg";
import { StorageError, type StorageErrorCode } from "../errors.ts";
import type { Failure } from "../internal/transact.ts";

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const again: ReadonlySet<string> = new Set(["40001", "40P01"]);

const lost: ReadonlySet<string> = new Set([
  "25P03", // idle_in_transaction_session_timeout
  "53200", // out_of_memory
  "53300", // too_many_connections
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
]);

const codes: ReadonlyMap<string, [StorageErrorCode, string]> = new Map([
  [
    "25006",
    [
      "read_only",
      "the database takes no writes in this transaction: it reads only, or the server is a standby",
    ],
  ],
  ["28000", ["unavailable", "the database refused the user"]],
  ["28P01", ["unavailable", "the database refused the user or the password"]],
  ["3D000", ["unavailable", "there is no database of that name"]],
  ["53100", ["full", "the database's disk is full: nothing was written"]],
  ["57014", ["timeout", "a statement ran longer than statementTimeoutMs, and was cancelled"]],
  ["XX001", ["corrupt", "the database is damaged: restore a backup"]],
  ["XX002", ["corrupt", "an index of the database is damaged: rebuild it"]],
]);

/** Errors that came from the connection and not from the server, nor from who uses the transaction. */
const connectionErrors = new WeakSet<Error>();

/**
 * Whether an error that came out of the driver is the connection's. It is remembered as that, since afterwards it cannot be
 * told from one that the caller's function threw.
 */
export function noteConnectionError(error: unknown): boolean {
  const isOther =
    error instanceof pg.DatabaseError ||
    error instanceof StorageError ||
    error instanceof TypeError ||
    error instanceof RangeError;
  if (!(error instanceof Error) || isOther) {
    return false;
  }
  connectionErrors.add(error);
  return true;
}

export function classifyPostgres(error: unknown): Failure {
  if (error instanceof StorageError) {
    return { kind: "error", error };
  }
  if (!(error instanceof pg.DatabaseError)) {
    return error instanceof Error && connectionErrors.has(error) ? { kind: "lost" } : { kind: "other" };
  }
  const code = error.code ?? "";
  if (again.has(code)) {
    return { kind: "again" };
  }
  if (lost.has(code) || code.startsWith("08")) {
    return { kind: "lost" };
  }
  const known = codes.get(code);
  if (known !== undefined) {
    return { kind: "error", error: new StorageError(known[0], known[1], { cause: error }) };
  }
  return { kind: "other" };
}
