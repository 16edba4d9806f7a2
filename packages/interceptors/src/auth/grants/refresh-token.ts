import { InterceptorError } from "../../errors.ts";
import { createTokenSource } from "../create-token-source.ts";
import type { Grant, GrantContext } from "../grant.ts";
import type { TokenSourceOptions } from "../options.ts";
import type { TokenSource } from "../token-source.ts";
import { createOAuthEndpoint, type OAuthOptions } from "./oauth.ts";
import { memoryRefreshTokenStore, type RefreshTokenStore, type StoredTokens } from "./refresh-token-store.ts";

/** Options of `refreshTokenSource`. */
export interface RefreshTokenOptions extends OAuthOptions {
  /** The first refresh token, or the store that holds it and that other processes may share. */
  refreshToken: string | RefreshTokenStore;
}

/**
 * A token source over an OAuth 2.0 refresh token (RFC 6749, section 6), rotated or not. Before it uses the refresh token it
 * looks in the store: an access token that another process has fetched meanwhile is used as it is.
 *
 * A rotation whose answer is lost on its way cannot be repaired by a client: the server then sees the old token again. Use
 * a server that grants a short grace period if that matters.
 *
 * @throws InterceptorError `cleartext_refused` when the endpoint is `http:` on another machine.
 */
export function refreshTokenSource(options: RefreshTokenOptions & TokenSourceOptions): TokenSource {
  return createTokenSource({ ...options, grant: refreshTokenGrant(options) });
}

/** The grant of `refreshTokenSource`. */
export function refreshTokenGrant(options: RefreshTokenOptions): Grant {
  const request = createOAuthEndpoint(options);
  const { refreshToken } = options;
  const store = typeof refreshToken === "string" ? memoryRefreshTokenStore(refreshToken) : refreshToken;

  return async (context) => {
    const stored = await store.update(async (current) => {
      // This turn may have come after a long wait for the lock.
      context.signal.throwIfAborted();
      if (current === undefined) {
        throw new InterceptorError("credentials_refused", "the store has no refresh token: log in again");
      }
      return isNews(current, context) ? current : await rotate(current, context);
    });
    if (stored.accessToken === undefined) {
      throw new InterceptorError("token_unavailable", "the store gave back no access token");
    }
    const expiresInMs = stored.expiresAt === undefined ? undefined : stored.expiresAt - context.wallNow();
    return { accessToken: stored.accessToken, expiresInMs };
  };

  async function rotate(current: StoredTokens, context: GrantContext): Promise<StoredTokens> {
    const form = { grant_type: "refresh_token", refresh_token: current.refreshToken };
    const { accessToken, refreshToken: next, expiresInMs } = await request(form, context);
    const expiresAt = expiresInMs === undefined ? undefined : context.wallNow() + expiresInMs;
    return { refreshToken: next ?? current.refreshToken, accessToken, expiresAt };
  }
}

/** Whether somebody else has stored an access token that we do not know yet, and that is still good. */
function isNews(current: StoredTokens, context: GrantContext): boolean {
  return (
    current.accessToken !== undefined &&
    current.accessToken !== context.replaces &&
    current.expiresAt !== undefined &&
    current.expiresAt > context.wallNow() + 1000
  );
}
