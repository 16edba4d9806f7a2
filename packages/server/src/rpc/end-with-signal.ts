import type { Interceptor } from "@connectrpc/connect";

/**
 * The innermost interceptor: ends a call when its signal aborts, whether or not the implementation heeds it. Without it a handler that
 * waits for something else holds the call open past its deadline, and past a shutdown, and the caller is never told why.
 */
export const endWithSignal: Interceptor = (next) => async (request) => {
  const { signal } = request;
  if (!request.stream) {
    return race(signal, next(request));
  }
  const response = await race(
    signal,
    next({ ...request, message: endIterableWithSignal(signal, request.message) }),
  );
  return response.stream
    ? { ...response, message: endIterableWithSignal(signal, response.message) }
    : response;
};

/** Waits for a promise, or rejects with the reason of the signal. What the promise does afterwards is of no interest any more. */
export function race<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) {
      promise.catch(() => {});
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    const leave = (): void => signal.removeEventListener("abort", abort);
    promise.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error) => {
        leave();
        reject(error);
      },
    );
  });
}

/** An iterable that rejects with the signal's reason as soon as it aborts. One listener serves all of its messages. */
function endIterableWithSignal<T>(signal: AbortSignal, iterable: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = iterable[Symbol.asyncIterator]();
      let rejectPending: ((reason: unknown) => void) | undefined;
      const abort = (): void => rejectPending?.(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      const leave = (): void => signal.removeEventListener("abort", abort);

      const settle = (call: () => Promise<IteratorResult<T>>): Promise<IteratorResult<T>> =>
        new Promise((resolve, reject) => {
          if (signal.aborted) {
            // Lets a generator run its `finally`; it may be stuck, so nobody waits for it.
            iterator.return?.().catch(() => {});
            reject(signal.reason);
            return;
          }
          rejectPending = (reason) => {
            iterator.return?.().catch(() => {});
            reject(reason);
          };
          call().then(
            (result) => {
              rejectPending = undefined;
              if (result.done === true) {
                leave();
              }
              resolve(result);
            },
            (error) => {
              rejectPending = undefined;
              leave();
              reject(error);
            },
          );
        });
      return {
        next: () => settle(() => iterator.next()),
        return: async (value) => {
          leave();
          return (await iterator.return?.(value)) ?? { done: true, value };
        },
        throw: async (error) => {
          leave();
          if (iterator.throw === undefined) {
            throw error;
          }
          return iterator.throw(error);
        },
      };
    },
  };
}
