/** Tells watchers that there are revocations which they have not seen. */
export interface RevocationNews {
  /** Resolves when the sequence is past `after`, after so many milliseconds, or when the signal aborts. Never rejects. */
  wait(after: number, ms: number, signal: AbortSignal): Promise<void>;
}

export interface RevocationNewsOptions {
  /** Reads the sequence of the last revocation. */
  readonly lastSequence: () => Promise<number>;
  /** Calls the listener when the sequence may have grown; may miss some. Returns how to stop. */
  readonly onWake: (listener: () => void) => () => void;
  /** How often to look although nothing woke us, in milliseconds. Default 500. */
  readonly pollMs?: number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One poll for all watchers of this process, and only while there are any. */
export function createRevocationNews(options: RevocationNewsOptions): RevocationNews {
  const { lastSequence, onWake, pollMs = 500, sleep } = options;
  const waiting = new Map<() => void, number>();
  let running = false;
  let last = 0;

  const poll = async (): Promise<void> => {
    running = true;
    let wake = (): void => undefined;
    const stop = onWake(() => wake());
    try {
      while (waiting.size > 0) {
        const { promise: woken, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        // A database that is away shows in the reads of the watchers, not here.
        last = Math.max(last, await lastSequence().catch(() => 0));
        for (const [resolveOne, after] of [...waiting]) {
          if (last > after) {
            resolveOne();
          }
        }
        const timer = new AbortController();
        await Promise.race([woken, sleep(pollMs, timer.signal).catch(() => undefined)]);
        timer.abort();
      }
    } finally {
      stop();
      running = false;
    }
  };

  return {
    async wait(after, ms, signal) {
      if (last > after || signal.aborted) {
        return;
      }
      const timer = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(resolve, after);
      signal.addEventListener("abort", () => resolve(), { once: true, signal: timer.signal });
      if (!running) {
        void poll();
      }
      try {
        await Promise.race([promise, sleep(ms, timer.signal).catch(() => undefined)]);
      } finally {
        waiting.delete(resolve);
        timer.abort();
      }
    },
  };
}
