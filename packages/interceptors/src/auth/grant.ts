/** What a grant gets. */
export interface GrantContext {
  /** Aborts when the request has taken too long. */
  readonly signal: AbortSignal;
  /** The access token that is to be replaced, or undefined for the first one. */
  readonly replaces: string | undefined;
  /** This machine's clock, in milliseconds since 1970. */
  readonly wallNow: () => number;
}

/** What a grant gives. */
export interface GrantedToken {
  /** The bearer token, without "Bearer". */
  readonly accessToken: string;
  /** How long it is good for from now on, in milliseconds. Default: from the JWT's `exp` and `iat`, else unknown. */
  readonly expiresInMs?: number | undefined;
}

/**
 * Gets one token. It may reject with an `InterceptorError` whose code is `credentials_refused`, or with a `ConnectError`
 * whose code is Unauthenticated or PermissionDenied, to say that the credentials are no good; every other rejection counts
 * as passing trouble and is tried again after a backoff.
 */
export type Grant = (context: GrantContext) => Promise<GrantedToken>;
