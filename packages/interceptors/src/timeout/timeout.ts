import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
} from "@connectrpc/connect";
import { InterceptorError } from "../errors.ts";
import { abortable, type LinkedSignal, linkSignal } from "../internal/abort.ts";
import { readTimeoutMs, writeTimeoutMs } from "../internal/deadline.ts";
import type { TimeoutOptions } from "./options.ts";

/**
 * Client interceptor: gives each call a deadline, and tells the server. `DeadlineExceeded` when it passes.
 *
 * @throws InterceptorError `invalid_options` when `timeoutMs` is not more than 0.
 */
export function clientTimeout(options: TimeoutOptions): Interceptor {
  return limit(options, (request, timeoutMs) => {
    const header = new Headers(request.header);
    writeTimeoutMs(header, timeoutMs);
    return header;
  });
}

/**
 * Server interceptor: ends a call that takes longer with `DeadlineExceeded`, and aborts the handler's signal. A handler that
 * ignores the signal goes on, but nobody waits for it. A deadline of the caller is Connect's own matter.
 *
 * @throws InterceptorError `invalid_options` when `timeoutMs` is not more than 0.
 */
export function serverTimeout(options: TimeoutOptions): Interceptor {
  return limit(options, (request) => request.header);
}

function limit(
  { timeoutMs }: TimeoutOptions,
  headerFor: (request: UnaryRequest | StreamRequest, timeoutMs: number) => Headers,
): Interceptor {
  if (typeof timeoutMs === "number" && !(timeoutMs > 0)) {
    throw new InterceptorError("invalid_options", "timeoutMs must be more than 0");
  }
  return (next) => async (request) => {
    const ms = typeof timeoutMs === "number" ? timeoutMs : timeoutMs(request);
    const has = readTimeoutMs(request.header);
    if (ms === undefined || (has !== undefined && has <= ms)) {
      return await next(request);
    }
    const link = linkSignal(request.signal);
    const timer = setTimeout(() => {
      link.abort(new ConnectError(`the call took longer than ${ms} ms`, Code.DeadlineExceeded));
    }, ms);
    const done = (): void => {
      clearTimeout(timer);
      link.unlink();
    };
    try {
      const limited = { ...request, header: headerFor(request, ms), signal: link.signal };
      const response = await abortable(next(limited), link.signal);
      if (response.stream) {
        return { ...response, message: read(response.message, link, done) } as StreamResponse;
      }
      done();
      return response;
    } catch (error) {
      done();
      throw link.signal.aborted ? link.signal.reason : error;
    }
  };
}

async function* read(messages: AsyncIterable<unknown>, link: LinkedSignal, done: () => void) {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await abortable(iterator.next(), link.signal);
      if (result.done === true) {
        return;
      }
      yield result.value;
    }
  } catch (error) {
    throw link.signal.aborted ? link.signal.reason : error;
  } finally {
    done();
  }
}
