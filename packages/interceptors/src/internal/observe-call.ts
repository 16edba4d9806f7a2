import {
  Code,
  ConnectError,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { abortReason } from "./abort.ts";
import type { Next } from "./unary-or-stream.ts";

/** How a call ended. */
export interface CallEnd {
  /** What it was rejected with, or undefined when it succeeded. */
  readonly error: ConnectError | undefined;
  /** Messages of the request that passed. */
  readonly requests: number;
  /** Messages of the response that passed. */
  readonly responses: number;
}

/** What happens during a call. `end` comes exactly once, also when the caller walks away. */
export interface CallObserver {
  request?(message: unknown): void;
  response?(message: unknown): void;
  end(end: CallEnd): void;
}

/** Runs a call of any kind and tells an observer; on clients and on servers. */
export async function observeCall(
  next: Next,
  request: UnaryRequest | StreamRequest,
  observer: CallObserver,
): Promise<UnaryResponse | StreamResponse> {
  let requests = 0;
  let responses = 0;
  let ended = false;
  const end = (reason?: { error: unknown }): void => {
    if (!ended) {
      ended = true;
      request.signal.removeEventListener("abort", onAbort);
      const error = reason === undefined ? undefined : ConnectError.from(reason.error);
      observer.end({ error, requests, responses });
    }
  };
  // A caller that stops reading a stream gives no other sign.
  const onAbort = (): void => end({ error: ConnectError.from(abortReason(request.signal), Code.Canceled) });
  const passed = (message: unknown): void => {
    requests++;
    observer.request?.(message);
  };
  try {
    if (!request.stream) {
      passed(request.message);
      const response = await next(request);
      responses++;
      observer.response?.(response.message);
      end();
      return response;
    }
    request.signal.addEventListener("abort", onAbort);
    const message = tap(request.message as AsyncIterable<unknown>, passed);
    const response = (await next({ ...request, message } as StreamRequest)) as StreamResponse;
    return { ...response, message: watch(response.message) } as StreamResponse;
  } catch (error) {
    end({ error });
    throw error;
  }

  async function* watch(messages: AsyncIterable<unknown>) {
    try {
      for await (const message of messages) {
        responses++;
        observer.response?.(message);
        yield message;
      }
      end();
    } catch (error) {
      end({ error });
      throw error;
    } finally {
      end({ error: new ConnectError("the caller stopped reading", Code.Canceled) });
    }
  }
}

/** The same messages, each shown to `see` as it passes. */
export async function* tap(messages: AsyncIterable<unknown>, see: (message: unknown) => void) {
  for await (const message of messages) {
    see(message);
    yield message;
  }
}
