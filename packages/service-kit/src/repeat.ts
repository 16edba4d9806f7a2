import { setTimeout } from "node:timers/promises";
import type { Log } from "./log.ts";

/** Something that is done again and again. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Whether the first time is at once, not after `everyMs`. */
  readonly atOnce?: boolean;
  readonly work: () => Promise<unknown>;
}

/** Runs the job until the signal aborts; resolves when the last run has ended. A failure is logged, and it goes on. */
export async function repeat(
  { name, everyMs, atOnce, work }: Job,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const pause = () => setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
  if (atOnce !== true) {
    await pause();
  }
  while (!signal.aborted) {
    await work().catch((error: unknown) => log("warn", `${name}: failed, and is tried again`, { error }));
    await pause();
  }
}
