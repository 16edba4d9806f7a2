/** How the identity provider answers a token request. Change it at any time with `setMode`. */
export type ProviderMode =
  /** Answers as documented. */
  | { kind: "normal" }
  /** Answers `status` (default 503) with a plain-text reason and, if given, `Retry-After`. */
  | { kind: "outage"; status?: number; retryAfter?: string }
  /** Closes the connection without an answer. */
  | { kind: "reset" }
  /** Holds every request until `release()`. */
  | { kind: "slow" }
  /** Refuses all credentials: 401 with a plain-text reason, or `invalid_grant` on the OAuth endpoint. */
  | { kind: "refused" }
  /** Answers 200 with something that is not a token answer. */
  | { kind: "wrong"; answer: WrongAnswer }
  /** Sends a body that does not end until the client hangs up. */
  | { kind: "huge" }
  /** Redirects (307) to `location`, which keeps method and body: the credentials would follow. */
  | { kind: "redirect"; location: string };

/** The wrong answers of the mode "wrong". */
export type WrongAnswer =
  | "not-json"
  | "empty-object"
  | "token-is-number"
  | "token-is-empty"
  | "token-has-newline"
  | "array";

/** Options of `startIdentityProvider`. */
export interface IdentityProviderOptions {
  /** Wall clock, in milliseconds since 1970, for `iat`, `exp` and the `Date` header. Default `Date.now`. */
  wallNow?: () => number;
  /** How far the provider's clock is ahead of `wallNow`, in milliseconds; may be negative. Default 0. */
  skewMs?: number;
  /** Lifetime of an access token, in milliseconds. Default 300,000. */
  lifetimeMs?: number;
  /** Whether OAuth answers carry `expires_in`. Default true. The JSON API never does: its token's `exp` and `iat` say it. */
  expiresIn?: boolean;
  /** The one account. Default `{ username: "ada", password: "correct horse" }`. */
  account?: { username: string; password: string };
  /** The one OAuth client. Default `{ id: "client", secret: "client-secret" }`. */
  client?: { id: string; secret: string };
  /** `iss` of the tokens. Default the provider's own base URL. */
  issuer?: string;
  /** `aud` of the tokens. Default "wirehouse-testkit". */
  audience?: string;
  /** `scope` of the tokens, separated by spaces (RFC 9068, section 2.2.3). Default: tokens have none. */
  scope?: string;
  /** Text at the end of each access token, for tests that search for a leak. The signature is then wrong. Default none. */
  canary?: string;
}
