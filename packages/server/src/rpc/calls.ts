/** A call that is being served. */
export interface Call {
  abort(reason: unknown): void;
  destroy(): void;
  /** Whether a shutdown waits for it. It does not for streams that never end by themselves, such as health's Watch. */
  readonly awaited: boolean;
}

/** The calls that are being served. */
export interface Calls {
  readonly open: number;
  readonly streams: number;
  add(call: Call): void;
  delete(call: Call): void;
  /** Resolves once no call is left that a shutdown waits for, or when the signal aborts. */
  untilDone(signal: AbortSignal): Promise<void>;
  /** Resolves once no call is left at all, or when the signal aborts. */
  untilEmpty(signal: AbortSignal): Promise<void>;
  abort(reason: unknown): void;
  destroy(): void;
}

/** Creates an empty register. */
export function createCalls(): Calls {
  const calls = new Set<Call>();
  let awaited = 0;
  const waiting = new Set<() => void>();

  const until = (isDone: () => boolean, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (isDone() || signal.aborted) {
          waiting.delete(check);
          signal.removeEventListener("abort", check);
          resolve();
        }
      };
      waiting.add(check);
      signal.addEventListener("abort", check);
      check();
    });

  return {
    get open() {
      return awaited;
    },
    get streams() {
      return calls.size;
    },
    add(call) {
      calls.add(call);
      awaited += call.awaited ? 1 : 0;
    },
    delete(call) {
      if (calls.delete(call)) {
        awaited -= call.awaited ? 1 : 0;
        for (const check of waiting) {
          check();
        }
      }
    },
    untilDone: (signal) => until(() => awaited === 0, signal),
    untilEmpty: (signal) => until(() => calls.size === 0, signal),
    abort(reason) {
      for (const call of [...calls]) {
        call.abort(reason);
      }
    },
    destroy() {
      for (const call of [...calls]) {
        call.destroy();
      }
    },
  };
}
