import type { TokenState } from "../identity-provider/ledger.ts";
import type { Authorize } from "./echo-server.ts";

const unauthenticated = 16;

/**
 * Admits calls whose bearer token is valid for `check`. Refuses the others with Unauthenticated and the challenge of
 * RFC 6750, section 3: without an error code when no token was sent, else `invalid_token`.
 */
export function bearerAuthorizer(issuer: { check(token: string): TokenState }): Authorize {
  return (authorization) => {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) {
      return { code: unauthenticated, message: "no bearer token", challenge: 'Bearer realm="testkit"' };
    }
    const state = issuer.check(token);
    return state === "valid"
      ? undefined
      : {
          code: unauthenticated,
          message: `the token is ${state}`,
          challenge: `Bearer realm="testkit", error="invalid_token", error_description="the token is ${state}"`,
        };
  };
}
