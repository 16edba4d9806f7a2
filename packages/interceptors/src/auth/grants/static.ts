import { AccessToken } from "../access-token.ts";
import { planToken } from "../schedule.ts";
import type { TokenSource } from "../token-source.ts";

/**
 * A token that never changes: an API key, or a token for a script. When a server refuses it, the server's answer stands.
 *
 * @throws InterceptorError `token_malformed` when it is no text, or has characters that an HTTP header must not have.
 */
export function staticTokenSource(token: string): TokenSource {
  const access = new AccessToken(
    token,
    1,
    planToken(0, undefined, {}, () => 0),
  );
  return {
    get: () => access,
    renew: () => Promise.resolve(undefined),
    refusedAgain: () => undefined,
    reset: () => undefined,
  };
}
