import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/**
 * Client interceptor, innermost: a `fetch` that got no answer is `Unavailable`, so that it is retried and explained as what
 * it is. Browsers reject with a bare TypeError, which would become Internal.
 */
export const networkErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: mapErrors(response.message) } : response;
  } catch (reason) {
    throw toUnavailable(reason);
  }
};

async function* mapErrors<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (reason) {
    throw toUnavailable(reason);
  }
}

function toUnavailable(reason: unknown): unknown {
  const error = reason instanceof ConnectError ? reason.cause : reason;
  return error instanceof TypeError
    ? new ConnectError("no answer came", Code.Unavailable, undefined, undefined, error)
    : reason;
}
