import { createTokenSource } from "../create-token-source.ts";
import type { Grant } from "../grant.ts";
import type { TokenSourceOptions } from "../options.ts";
import type { TokenSource } from "../token-source.ts";
import { createOAuthEndpoint, type OAuthOptions } from "./oauth.ts";

/** Options of `clientCredentialsTokenSource`. */
export interface ClientCredentialsOptions extends OAuthOptions {
  client: { id: string; secret: string };
}

/**
 * A token source over OAuth 2.0 client credentials (RFC 6749, section 4.4): a service that calls in its own name.
 *
 * @throws InterceptorError `cleartext_refused` when the endpoint is `http:` on another machine.
 */
export function clientCredentialsTokenSource(
  options: ClientCredentialsOptions & TokenSourceOptions,
): TokenSource {
  return createTokenSource({ ...options, grant: clientCredentialsGrant(options) });
}

/** The grant of `clientCredentialsTokenSource`. */
export function clientCredentialsGrant(options: ClientCredentialsOptions): Grant {
  const request = createOAuthEndpoint(options);
  return (context) => request({ grant_type: "client_credentials" }, context);
}
