import { StorageError, type StorageErrorCode } from "../errors.ts";
import type { Failure } from "../internal/transact.ts";

/** https://sqlite.org/rescode.html */
const busy = 5;
const locked = 6;

const codes: ReadonlyMap<number, [StorageErrorCode, string]> = new Map([
  [8, ["read_only", "the database file cannot be written to"]],
  [10, ["unavailable", "the disk failed to read or write the database file"]],
  [11, ["corrupt", "the database file is damaged: restore a backup"]],
  [13, ["full", "the disk is full: nothing was written"]],
  [14, ["unavailable", "the database file cannot be opened: check that its folder exists and is writable"]],
  [26, ["corrupt", "the file is not a SQLite database"]],
]);

/** The result code of an error of `node:sqlite`, extended, or undefined. */
export function resultCode(error: unknown): number | undefined {
  if (error instanceof Error && "errcode" in error && typeof error.errcode === "number") {
    return error.errcode;
  }
  return undefined;
}

export function classifySqlite(error: unknown): Failure {
  if (error instanceof StorageError) {
    return { kind: "error", error };
  }
  const code = resultCode(error);
  if (code === undefined) {
    return integerTooLarge(error);
  }
  const primary = code & 0xff;
  if (primary === busy || primary === locked) {
    return { kind: "again" };
  }
  const known = codes.get(primary);
  if (known !== undefined) {
    return { kind: "error", error: new StorageError(known[0], known[1], { cause: error }) };
  }
  return { kind: "other" };
}

function integerTooLarge(error: unknown): Failure {
  if (error instanceof RangeError && "code" in error && error.code === "ERR_OUT_OF_RANGE") {
    return {
      kind: "error",
      error: new StorageError("integer_out_of_range", "an integer of the database is beyond 2^53 - 1", {
        cause: error,
      }),
    };
  }
  return { kind: "other" };
}
