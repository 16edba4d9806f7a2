import { type ContextValues, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { InterceptorError } from "../../errors.ts";

/** The claims of a verified token, as they are in it. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** Who calls, by a verified token. Frozen: one object may serve many calls with the same token. */
export interface Principal<Claims = TokenClaims> {
  /** The `sub` claim. */
  readonly subject: string;
  /** The `iss` claim: one of the gate's `issuer`. */
  readonly issuer: string;
  /** The `aud` claim, always as a list. */
  readonly audience: readonly string[];
  /** What the token permits: by default the values of the `scope` claim (RFC 9068, section 2.2.3). */
  readonly scopes: ReadonlySet<string>;
  /** The `jti` claim, or undefined. */
  readonly tokenId: string | undefined;
  /** The `iat` claim in milliseconds since 1970, or undefined. */
  readonly issuedAtMs: number | undefined;
  /** The `exp` claim in milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** All claims, or what the gate's option `claims` made of them. */
  readonly claims: Claims;
}

// Symbols of their own: nothing but the gate can set them, and nobody by accident.
export const principalKey = createContextKey<Principal<unknown> | undefined>(undefined, {
  description: "principal",
});

/**
 * The principal of a call, or undefined when anyone may call it. The type argument is what the gate's option `claims`
 * returns; `JwtGate.getPrincipal` knows it by itself.
 */
export function getPrincipal<Claims = TokenClaims>(values: ContextValues): Principal<Claims> | undefined {
  return values.get(principalKey) as Principal<Claims> | undefined;
}

/**
 * The principal of a call, in a handler. The type argument is what the gate's option `claims` returns;
 * `JwtGate.principalOf` knows it by itself.
 *
 * @throws InterceptorError `principal_missing` in an RPC whose policy is public, and where no gate runs.
 */
export function principalOf<Claims = TokenClaims>(
  context: Pick<HandlerContext, "values" | "method">,
): Principal<Claims> {
  const principal = getPrincipal<Claims>(context.values);
  if (principal === undefined) {
    throw new InterceptorError(
      "principal_missing",
      `${context.method.parent.typeName}/${context.method.name} has no principal: its policy is public, or no gate ran`,
    );
  }
  return principal;
}
