import { setTimeout } from "node:timers/promises";

/** Asks again and again until the answer is not undefined. Throws when that takes longer than `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  everyMs = 20,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    }
    await setTimeout(everyMs);
  }
}
