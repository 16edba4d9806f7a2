import { Code, ConnectError, type Interceptor, type StreamResponse } from "@connectrpc/connect";
import { InterceptorError } from "../errors.ts";
import type { RecoveryOptions } from "./options.ts";

/**
 * Server interceptor: whatever a handler throws that is not a `ConnectError` becomes `Internal` with the message "internal
 * error"; the reason goes to `onPanic` and stays in `cause`, never on the wire. It works for a throw before the first
 * message and in the middle of a stream. The abort of a call that is over is not a panic.
 */
export function recovery(options: RecoveryOptions = {}): Interceptor {
  return (next) => async (request) => {
    const recover = (reason: unknown): unknown => {
      if (reason instanceof ConnectError || (request.signal.aborted && reason === request.signal.reason)) {
        return reason;
      }
      try {
        options.onPanic?.(reason, request);
      } catch {
        // The caller shall get an answer all the same.
      }
      const cause = new InterceptorError("panic", "a handler threw something that is not a ConnectError", {
        cause: reason,
      });
      return new ConnectError("internal error", Code.Internal, undefined, undefined, cause);
    };
    try {
      const response = await next(request);
      if (!response.stream) {
        return response;
      }
      return { ...response, message: guard(response.message, recover) } as StreamResponse;
    } catch (reason) {
      throw recover(reason);
    }
  };
}

async function* guard(messages: AsyncIterable<unknown>, recover: (reason: unknown) => unknown) {
  try {
    yield* messages;
  } catch (reason) {
    throw recover(reason);
  }
}
