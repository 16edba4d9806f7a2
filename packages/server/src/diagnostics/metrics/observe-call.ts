import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
} from "@connectrpc/connect";

/** What happens during a call. `ended` comes exactly once, also when the caller walks away. */
export interface CallObserver {
  received(): void;
  sent(): void;
  /** Undefined is success. */
  ended(code: Code | undefined): void;
}

/** Runs a call of any kind on a server and tells an observer. */
export async function observeCall(
  next: Parameters<Interceptor>[0],
  request: UnaryRequest | StreamRequest,
  observer: CallObserver,
): ReturnType<Parameters<Interceptor>[0]> {
  let isOver = false;
  const end = (code?: Code): void => {
    if (!isOver) {
      isOver = true;
      request.signal.removeEventListener("abort", onAbort);
      observer.ended(code);
    }
  };
  const fail = (reason: unknown): void => end(codeOf(reason));
  // A client that stops reading a stream gives no other sign.
  const onAbort = (): void => end(ConnectError.from(request.signal.reason, Code.Canceled).code);
  try {
    if (!request.stream) {
      observer.received();
      const response = await next(request);
      observer.sent();
      end();
      return response;
    }
    request.signal.addEventListener("abort", onAbort);
    const message = each(request.message, () => observer.received());
    const response = (await next({ ...request, message })) as StreamResponse;
    return { ...response, message: until(response.message) };
  } catch (reason) {
    fail(reason);
    throw reason;
  }

  async function* until<T>(messages: AsyncIterable<T>) {
    try {
      for await (const message of messages) {
        observer.sent();
        yield message;
      }
      end();
    } catch (reason) {
      fail(reason);
      throw reason;
    } finally {
      end(Code.Canceled);
    }
  }
}

/** The code that Connect sends: what is thrown and is no ConnectError, is sent as Internal. */
export function codeOf(reason: unknown): Code {
  return reason instanceof ConnectError ? reason.code : Code.Internal;
}

async function* each<T>(messages: AsyncIterable<T>, see: () => void) {
  for await (const message of messages) {
    see();
    yield message;
  }
}
