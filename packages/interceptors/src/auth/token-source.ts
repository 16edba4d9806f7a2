import type { AccessToken } from "./access-token.ts";

/** What a call tells a token source about itself. */
export interface TokenWait {
  /** Ends this call's wait, never the refresh that others wait for too. */
  signal?: AbortSignal | undefined;
}

/**
 * Where `bearerAuth` gets tokens from. One source may serve any number of transports, which then share its token. Make one
 * with `passwordTokenSource`, `clientCredentialsTokenSource`, `refreshTokenSource`, `staticTokenSource`, `fileTokenSource`
 * or, for anything else, `createTokenSource`.
 */
export interface TokenSource {
  /**
   * The token to send now: at once while one is fresh or stale, else after a refresh.
   * Rejects with an `InterceptorError`, or with the reason of the signal.
   */
  get(wait?: TokenWait): AccessToken | Promise<AccessToken>;
  /**
   * A token newer than the one that a server refused, or undefined when there is none to be had: then the server's own
   * answer stands. Refreshes at most once for each token, however many calls ask.
   */
  renew(refused: AccessToken, wait?: TokenWait): Promise<AccessToken | undefined>;
  /** Says that a server refused even a token that came from `renew`: so refreshing more often will not help. */
  refusedAgain(token: AccessToken): void;
  /** Forgets the token, the backoff and a lost session: call it after the user logged in again. */
  reset(): void;
}
