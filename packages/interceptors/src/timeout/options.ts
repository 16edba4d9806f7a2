import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";

/** Options of `clientTimeout` and `serverTimeout`. */
export interface TimeoutOptions {
  /**
   * How long a call may take, in milliseconds, streams to their end; a function may decide by method, and undefined means no
   * limit. A shorter limit that the call already has stays.
   */
  timeoutMs: number | ((request: UnaryRequest | StreamRequest) => number | undefined);
}
