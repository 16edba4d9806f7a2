import { createTokenSource } from "../create-token-source.ts";
import type { Grant } from "../grant.ts";
import { lifetimeMs } from "../lifetime.ts";
import type { TokenSourceOptions } from "../options.ts";
import type { TokenSource } from "../token-source.ts";
import { createEndpoint, type EndpointOptions, requireText } from "./endpoint.ts";

/** Options of `passwordTokenSource`. */
export interface PasswordOptions extends EndpointOptions {
  username: string;
  password: string;
}

/**
 * A token source over the JSON API: POST `{username,password}`, 200 `{token}`. Any other status carries a plain-text
 * reason, which becomes part of the error: 400, 401 and 403 are a refusal; 408, 425, 429 and 5xx are passing trouble. The
 * lifetime is read from the token's `exp` and `iat`.
 *
 * @throws InterceptorError `cleartext_refused` when the endpoint is `http:` on another machine.
 */
export function passwordTokenSource(options: PasswordOptions & TokenSourceOptions): TokenSource {
  return createTokenSource({ ...options, grant: passwordGrant(options) });
}

/** The grant of `passwordTokenSource`. */
export function passwordGrant(options: PasswordOptions): Grant {
  const post = createEndpoint(options);
  const { username, password } = options;
  return async (context) => {
    const { fields, serverNow } = await post(
      {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username, password }),
        secrets: [password],
      },
      context,
    );
    const accessToken = requireText(fields, "token");
    const expiresIn = typeof fields.expires_in === "number" ? fields.expires_in : undefined;
    const facts = { expiresIn, serverNow, wallNow: context.wallNow() };
    return { accessToken, expiresInMs: lifetimeMs(accessToken, facts) };
  };
}
