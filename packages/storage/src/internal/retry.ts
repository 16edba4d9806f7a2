import type { StorageEvent } from "../database.ts";
import { StorageError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Classify } from "./transact.ts";

const firstWaitMs = 4;
const longestWaitMs = 500;

/** How long to wait after so many failures: doubling, anywhere in the upper half, so that those who collided part. */
export function waitMs(failures: number, random: () => number): number {
  const base = Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
  return base * (0.5 + random() / 2);
}

/** Runs attempts until one succeeds or fails for good; what it throws is a `StorageError` or none of the storage's. */
export async function retrying<T>(
  operation: Extract<StorageEvent, { kind: "retry" }>["operation"],
  options: Pick<ResolvedOptions, "maxAttempts" | "sleep" | "random" | "onEvent">,
  classify: Classify,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (cause) {
      const failure = classify(cause);
      switch (failure.kind) {
        case "other":
          throw cause;
        case "error":
          throw failure.error;
        case "lost":
          throw new StorageError(
            "unavailable",
            "the database cannot be reached, or broke off: nothing was written",
            {
              cause,
            },
          );
        case "again": {
          if (attempt >= options.maxAttempts) {
            throw new StorageError(
              "conflict",
              `other transactions came in between in each of ${attempt} attempts: nothing was written`,
              { cause },
            );
          }
          const wait = waitMs(attempt, options.random);
          options.onEvent({ kind: "retry", operation, attempt, waitMs: wait, cause });
          await options.sleep(wait);
        }
      }
    }
  }
}
