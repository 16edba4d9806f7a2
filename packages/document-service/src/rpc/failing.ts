import type { Failure } from "../domain/outcome.ts";
import { toConnectError } from "./errors.ts";

/** What a stream of the domain yields. Throws `ConnectError` for the failure that it returns. */
export async function* failing<T>(
  stream: AsyncGenerator<T, Failure | undefined>,
): AsyncGenerator<T, void, undefined> {
  const failure = yield* stream;
  if (failure !== undefined) {
    throw toConnectError(failure);
  }
}
