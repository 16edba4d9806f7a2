/** Programs with one thing wrong with them each. */

/**
 * Burns CPU time. Recursive, as V8 counts the time of a loop that it compiles while it runs (on-stack replacement) as the
 * caller's.
 */
export function countPathsSlowly(rows: number, columns: number): number {
  if (rows === 0 || columns === 0) {
    return 1;
  }
  return countPathsSlowly(rows - 1, columns) + countPathsSlowly(rows, columns - 1);
}

/** Keeps the CPU busy until it is told to stop, and lets the event loop turn in between. */
export async function burnUntil(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    countPathsSlowly(8, 8);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * A client without a timeout: what it calls never answers, and the closures that wait are kept. Async, as V8 counts what an
 * inlined function allocates as its caller's, and what is resumed is not inlined.
 */
export class WaitingCalls {
  readonly #pending: (() => string)[] = [];

  async startCallThatNeverEnds(id: number): Promise<void> {
    await undefined;
    const request = { id, body: [id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id] };
    this.#pending.push(() => `${request.id}: ${request.body.length}`);
  }

  get count(): number {
    return this.#pending.length;
  }
}

/** Allocates as much, and lets go of it. */
export function allocateAndForget(times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const request = { id: i, body: [i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i] };
    sum += request.body.length;
  }
  return sum;
}
