import { AsyncLocalStorage } from "node:async_hooks";
import type { ControlledTransaction } from "kysely";
import { StorageError } from "../errors.ts";

/** What became of an attempt that failed, as the dialect reads the error. */
export type Failure =
  /** Another transaction came in between: run it again. */
  | { kind: "again" }
  /** The connection broke, or there is none. */
  | { kind: "lost" }
  /** The storage's own failure. */
  | { kind: "error"; error: StorageError }
  /** None of the storage's: what the function threw, or a violated constraint. */
  | { kind: "other" };

export type Classify = (error: unknown) => Failure;

const inside = new AsyncLocalStorage<object>();

/** Throws `nested` if called inside a transaction of the same database. */
export function assertNotNested(database: object): void {
  if (inside.getStore() === database) {
    throw new StorageError(
      "nested",
      "a transaction was started inside another: use the one that was given to the function",
    );
  }
}

/** Runs one attempt. A failed commit that may have happened all the same is thrown as `commit_unknown`. */
export async function attempt<Schema, T>(
  database: object,
  begin: () => Promise<ControlledTransaction<Schema>>,
  run: (tx: ControlledTransaction<Schema>) => Promise<T>,
  classify: Classify,
): Promise<T> {
  const tx = await begin();
  let result: T;
  try {
    result = await inside.run(database, () => run(tx));
  } catch (error) {
    await rollback(tx);
    throw error;
  }
  try {
    await tx.commit().execute();
  } catch (error) {
    await rollback(tx);
    if (classify(error).kind === "lost") {
      throw new StorageError(
        "commit_unknown",
        "the connection to the database broke during the commit: what was written may be there or not",
        { cause: error },
      );
    }
    throw error;
  }
  return result;
}

async function rollback<Schema>(tx: ControlledTransaction<Schema>): Promise<void> {
  try {
    await tx.rollback().execute();
  } catch {
    // The database rolled back itself (a full disk, a lost connection): what went wrong first is what is reported.
  }
}
