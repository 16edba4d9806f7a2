/** The reason of an aborted signal, never undefined. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException("This operation was aborted", "AbortError");
}

/**
 * Waits for a promise, but leaves at once when the signal aborts. The promise itself goes on. Afterwards no listener is
 * left on the signal, which may live much longer than this wait.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    if (signal.aborted) {
      promise.catch(() => undefined);
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort);
        reject(error);
      },
    );
  });
}

/** A signal that follows another one until it is unlinked. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts only this signal, and unlinks it. */
  abort(reason: unknown): void;
  /** Takes the listener off the other signal. */
  unlink(): void;
}

/** Creates a signal for a part of a call: it aborts with the call, and can be aborted alone. */
export function linkSignal(parent: AbortSignal): LinkedSignal {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(abortReason(parent));
  if (parent.aborted) {
    onAbort();
  } else {
    parent.addEventListener("abort", onAbort);
  }
  const unlink = (): void => parent.removeEventListener("abort", onAbort);
  return {
    signal: controller.signal,
    unlink,
    abort(reason) {
      unlink();
      controller.abort(reason);
    },
  };
}
