import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Why an interceptor or a token source failed. The codes are stable; messages are not.
 *
 * - `credentials_refused`: the token endpoint refused the credentials. Another attempt with the same ones is useless.
 * - `token_endpoint_unavailable`: network failure, time-out, or status 408, 425, 429 or 5xx. Worth another attempt later.
 * - `token_endpoint_misbehaved`: an answer that is not a token answer: a redirect, a body that is too large or malformed.
 * - `token_unavailable`: a custom grant threw, or a token file could not be read.
 * - `token_malformed`: the token is no text, or has characters which an HTTP header must not have.
 * - `cleartext_refused`: a secret would have been sent over `http:` to another machine.
 * - `origin_refused`: the call goes to an origin that the token is not meant for.
 * - `invalid_options`: an option is out of range; the message names it.
 * - `store_locked`: another process kept the lock of a token store for too long.
 * - `policy_missing`: RPCs have no policy, or an invalid one; the message names each (`jwtGate`).
 * - `principal_missing`: a handler asked who calls, in an RPC that anyone may call.
 * - `key_set_unavailable`: a key set cannot be fetched. Worth another attempt later.
 * - `key_set_misbehaved`: an answer that is no key set: a redirect, a body that is too large or malformed.
 * - `panic`: a handler threw something that is not a `ConnectError` (`recovery`).
 */
export type InterceptorErrorCode =
  | "credentials_refused"
  | "token_endpoint_unavailable"
  | "token_endpoint_misbehaved"
  | "token_unavailable"
  | "token_malformed"
  | "cleartext_refused"
  | "origin_refused"
  | "invalid_options"
  | "store_locked"
  | "policy_missing"
  | "principal_missing"
  | "key_set_unavailable"
  | "key_set_misbehaved"
  | "panic";

/** Extra fields of an `InterceptorError`. */
export interface InterceptorErrorOptions extends ErrorOptions {
  /** How long the other side asked us to wait (`Retry-After`), in milliseconds. */
  retryAfterMs?: number | undefined;
}

/** The only error class of this package. An RPC rejects with a `ConnectError` that has this one as its `cause`. */
export class InterceptorError extends Error {
  override readonly name = "InterceptorError";
  readonly code: InterceptorErrorCode;
  /** How long the other side asked us to wait, in milliseconds, or undefined. */
  readonly retryAfterMs: number | undefined;

  constructor(code: InterceptorErrorCode, message: string, options?: InterceptorErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

const unauthenticated: ReadonlySet<InterceptorErrorCode> = new Set([
  "credentials_refused",
  "token_malformed",
  "cleartext_refused",
  "origin_refused",
]);

/**
 * The error that an RPC rejects with: `Unauthenticated` when only new credentials or another configuration help (as
 * grpc-go does for call credentials on an insecure channel), else `Unavailable`. Other errors pass through.
 */
export function toConnectError(reason: unknown): unknown {
  if (!(reason instanceof InterceptorError)) {
    return reason;
  }
  const code = unauthenticated.has(reason.code) ? Code.Unauthenticated : Code.Unavailable;
  return new ConnectError(reason.message, code, undefined, undefined, reason);
}
