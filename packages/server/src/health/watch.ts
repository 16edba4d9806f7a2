import { Code, ConnectError } from "@connectrpc/connect";

/** Streams that are told of a value's changes. A slow reader gets the latest value only: nothing is queued for it. */
export interface Watchers {
  /** Yields `read()` at once, and then whenever it has changed. Ends with an error only: the signal's, or that of `close`. */
  watch<T>(read: () => T, signal: AbortSignal): AsyncGenerator<T>;
  /** Says that values may have changed. */
  changed(): void;
  /** Ends all streams, now and later, with Unavailable. */
  close(): void;
}

/** Creates watchers, of which `max` may be open at a time; one more fails with ResourceExhausted. */
export function createWatchers(max: number): Watchers {
  const wakers = new Set<{ wake: () => void }>();
  let closed = false;
  const changed = (): void => {
    for (const waker of wakers) {
      waker.wake();
    }
  };
  return {
    changed,
    close() {
      closed = true;
      changed();
    },
    async *watch(read, signal) {
      if (wakers.size >= max) {
        throw new ConnectError(`more than ${max} watch streams are open`, Code.ResourceExhausted);
      }
      const waker = { wake: () => {} };
      // A stream that nobody reads stands at its `yield`, where the `finally` below is not reached.
      const leave = (): void => {
        wakers.delete(waker);
        waker.wake();
      };
      wakers.add(waker);
      signal.addEventListener("abort", leave, { once: true });
      let last: unknown;
      let isFirst = true;
      try {
        while (!closed && !signal.aborted) {
          const value = read();
          if (isFirst || value !== last) {
            isFirst = false;
            last = value;
            yield value;
            continue;
          }
          await new Promise<void>((resolve) => {
            waker.wake = resolve;
          });
        }
        throw signal.aborted
          ? ConnectError.from(signal.reason, Code.Canceled)
          : new ConnectError("the server is shutting down", Code.Unavailable);
      } finally {
        signal.removeEventListener("abort", leave);
        wakers.delete(waker);
      }
    },
  };
}
