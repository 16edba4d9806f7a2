import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { isUnusable, StorageError } from "@partner/storage";

/**
 * Server interceptor: an error of the database is `Unavailable` if a retry may help, and otherwise `Internal`. What the database said stays in `cause`, for the log.
 */
export function storageErrors(): Interceptor {
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: translated(response.message) } : response;
    } catch (error) {
      throw translate(error);
    }
  };
}

async function* translated<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  const cause = error instanceof ConnectError ? error.cause : error;
  if (!(cause instanceof StorageError)) {
    return error;
  }
  return isUnusable(cause)
    ? new ConnectError(
        cause.code === "full"
          ? "the database's disk is full, nothing was written: retry with backoff"
          : "the database is not available: retry with backoff",
        Code.Unavailable,
        undefined,
        undefined,
        cause,
      )
    : new ConnectError("internal error", Code.Internal, undefined, undefined, cause);
}
