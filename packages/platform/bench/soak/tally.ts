import { Code, ConnectError } from "@connectrpc/connect";

/** What happened, by name. */
export interface Tally {
  readonly counts: ReadonlyMap<string, number>;
  /** What went wrong, the first few. */
  readonly errors: readonly string[];
  add(name: string): void;
  fail(where: string, error: unknown): void;
}

const keptErrors = 10;

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const errors: string[] = [];
  const add = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    counts,
    errors,
    add,
    fail(where, error) {
      add("errors");
      if (errors.length < keptErrors) {
        errors.push(`${where}: ${error instanceof ConnectError ? Code[error.code] : ""} ${String(error)}`);
      }
    },
  };
}
