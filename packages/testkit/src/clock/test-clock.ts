import { TestkitError } from "../errors.ts";
import { createStateWatcher } from "../events.ts";

/** Options of `createTestClock`. */
export interface TestClockOptions {
  /** Where the monotonic clock starts, in milliseconds. Default 0. */
  start?: number;
  /** Where the wall clock starts, in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  wallStart?: number;
  /** Seed of `random`. Default 1. */
  seed?: number;
}

/** Time and chance in a test's hands. The functions are bound, so `{ ...clock }` may be passed as options. */
export interface TestClock {
  /** Monotonic time, in milliseconds. */
  readonly now: () => number;
  /** Wall-clock time, in milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Resolves when the clock was advanced by `ms`; rejects with the signal's reason when that aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** A seeded number in [0, 1). */
  readonly random: () => number;
  /** Moves both clocks on, and wakes the sleepers that are due, in the order of their due time. */
  readonly advance: (ms: number) => void;
  /** Moves only the wall clock: what a user or NTP does. */
  readonly stepWall: (ms: number) => void;
  /** The lengths of all sleeps that were asked for so far, in milliseconds. */
  readonly sleeps: readonly number[];
  /** Resolves once `count` sleepers wait. */
  readonly untilSleeping: (count?: number) => Promise<void>;
}

/** Creates a clock that stands still until it is told to advance. */
export function createTestClock(options: TestClockOptions = {}): TestClock {
  let monotonic = options.start ?? 0;
  let wall = options.wallStart ?? Date.UTC(2026, 0, 1);
  const sleepers = new Set<{ due: number; resolve: () => void }>();
  const watcher = createStateWatcher();
  const sleeps: number[] = [];

  return {
    now: () => monotonic,
    wallNow: () => wall,
    random: createRandom(options.seed ?? 1),
    sleeps,
    sleep(ms, signal) {
      sleeps.push(ms);
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(
            signal?.reason ?? new TestkitError("sleep_aborted", "the sleep was aborted without a reason"),
          );
        };
        const sleeper = {
          due: monotonic + ms,
          resolve: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        if (signal?.aborted) {
          stop();
          return;
        }
        signal?.addEventListener("abort", stop, { once: true });
        sleepers.add(sleeper);
        watcher.changed();
      });
    },
    advance(ms) {
      monotonic += ms;
      wall += ms;
      const due = [...sleepers].filter((s) => s.due <= monotonic).sort((a, b) => a.due - b.due);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.resolve();
      }
    },
    stepWall(ms) {
      wall += ms;
    },
    untilSleeping: (count = 1) => watcher.until(() => sleepers.size >= count),
  };
}

/** A seeded generator of numbers in [0, 1) (mulberry32): the same seed gives the same run. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
