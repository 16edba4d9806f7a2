import {
  Code,
  ConnectError,
  createContextKey,
  type Interceptor,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";

/** One attempt of a call, as it went over the wire. */
export interface Attempt {
  /** The RPC. */
  readonly method: string;
  readonly stream: boolean;
  /** Counts the attempts of a call, from 1. */
  readonly number: number;
  /** "OK", or the code of the error. */
  readonly code: string;
  readonly durationMs: number;
}

const attemptsKey = createContextKey({ count: 0 }, { description: "attempts of this call" });

/** Client interceptors that report attempts: the outer one stands around `bearerAuth`, the inner one inside of it. */
export function observeWire(
  report: (attempt: Attempt) => void,
  now: () => number = () => performance.now(),
): { outer: Interceptor; inner: Interceptor } {
  const outer: Interceptor = (next) => (request) => {
    request.contextValues.set(attemptsKey, { count: 0 });
    return next(request);
  };
  const inner: Interceptor = (next) => async (request) => {
    const startedAt = now();
    const number = ++request.contextValues.get(attemptsKey).count;
    const end = (reason?: unknown): void => {
      const code = reason === undefined ? "OK" : Code[ConnectError.from(reason).code];
      const durationMs = now() - startedAt;
      report({ method: request.method.name, stream: request.stream, number, code, durationMs });
    };
    let response: UnaryResponse | StreamResponse;
    try {
      response = await next(request);
    } catch (reason) {
      end(reason);
      throw reason;
    }
    if (!response.stream) {
      end();
      return response;
    }
    return { ...response, message: observed(response.message, end) };
  };
  return { outer, inner };
}

async function* observed<T>(messages: AsyncIterable<T>, end: (reason?: unknown) => void): AsyncGenerator<T> {
  let reason: unknown;
  try {
    yield* messages;
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    end(reason);
  }
}
