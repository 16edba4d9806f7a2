/**
 * Why a feed cannot answer. The codes are stable; messages are not.
 *
 * - `not_caught_up`: it has never been sent everything yet.
 * - `stale`: it has not heard from the identity service for longer than `maxStaleMs`.
 * - `closed`: `close()` was called before it had caught up.
 */
export type RevocationFeedErrorCode = "not_caught_up" | "stale" | "closed";

/** The only error class of this package. */
export class RevocationFeedError extends Error {
  override readonly name = "RevocationFeedError";
  readonly code: RevocationFeedErrorCode;

  constructor(code: RevocationFeedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
