/** Time and chance, so that tests have them in hand. */
export interface Timing {
  /** Resolves after `ms`; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The browser's own. */
export const browserTiming: Timing = {
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** How long to wait before the n-th attempt after the first, from 1, in milliseconds: 250, doubled up to 8,000, each halved at most by chance. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.min(8000, 250 * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}
