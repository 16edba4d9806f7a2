import { setTimeout } from "node:timers/promises";
import type { Documents } from "../documents/connect.ts";
import { PlatformError } from "../errors.ts";

/** What each part of the tour is given. */
export interface Stage {
  readonly documents: Documents;
  /** The same, whose tokens are renewed when a call is refused, and not before. */
  readonly others: Documents;
  /** The `watch_cursor` from before the tour. */
  readonly cursor: string;
  /** How long the parts go on, in milliseconds. */
  readonly durationMs: number;
  /** Aborts when one of them has failed, or the user has seen enough. */
  readonly signal: AbortSignal;
  /** Whether they still go on. */
  readonly goesOn: () => boolean;
  readonly sleep: (ms: number) => Promise<void>;
  /** Says what happened. */
  readonly say: (part: string, text: string) => void;
}

/** Fails the demo unless it holds. */
export function expect(holds: boolean, part: string, what: string): asserts holds {
  if (!holds) {
    throw new PlatformError("demo_failed", `${part}: ${what}`);
  }
}

/** A promise that fails the demo when it takes longer than anything should. */
export async function within<T>(ms: number, part: string, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = setTimeout(ms, undefined, { signal: timer.signal }).then(() =>
    expect(false, part, `${what} took more than ${ms / 1000} s`),
  );
  try {
    return (await Promise.race([promise, late])) as T;
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
