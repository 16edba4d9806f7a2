import type { createTokenIssuer } from "../domain/issue-tokens.ts";
import type { createSignIn } from "../domain/sign-in.ts";

/** What the token endpoints work with. */
export interface TokenEndpointDeps {
  readonly checkCredentials: ReturnType<typeof createSignIn>;
  readonly issuer: ReturnType<typeof createTokenIssuer>;
}
