/**
 * Why a token is not accepted: for logs and metrics, never for the caller.
 *
 * - `malformed`: not three parts of canonical base64url with JSON objects in the first two; too long.
 * - `algorithm`: `alg` is missing or not allowed.
 * - `type`: `typ` is not the one that is asked for.
 * - `header`: a header that must not be there (`crit`, `b64`, `jwk`, `jku`, `x5u`, `x5c`), or a `kid` that is no short text.
 * - `key`: the issuer has no such key for this algorithm.
 * - `signature`: the signature is wrong.
 * - `issuer`, `audience`, `subject`: the claim is missing or another.
 * - `expired`, `early`: by `exp`; by `nbf` or `iat`.
 * - `claims`: another claim has a wrong type, or the option `claims` or `scopes` threw.
 * - `revoked`: the option `revoked` says so.
 */
export type RejectionReason =
  | "malformed"
  | "algorithm"
  | "type"
  | "header"
  | "key"
  | "signature"
  | "issuer"
  | "audience"
  | "subject"
  | "expired"
  | "early"
  | "claims"
  | "revoked";
