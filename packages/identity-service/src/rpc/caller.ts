import type { HandlerContext } from "@connectrpc/connect";
import { principalOf, type TokenClaims } from "@wirehouse/interceptors/auth/server";
import type { Caller } from "../domain/caller.ts";

/** What the tokens of this service say besides the standard claims. */
export interface IdentityClaims {
  /** `partner` */
  readonly partnerId: string;
  /** `sid` */
  readonly sessionId: string;
  /** `jti` */
  readonly tokenId: string;
}

/** For the option `claims` of `jwtGate`: a token without them is refused. Throws `TypeError`. */
export function readIdentityClaims(claims: TokenClaims): IdentityClaims {
  const text = (name: string): string => {
    const value = claims[name];
    if (typeof value !== "string" || value === "") {
      throw new TypeError(`the claim ${name} is missing`);
    }
    return value;
  };
  return { partnerId: text("partner"), sessionId: text("sid"), tokenId: text("jti") };
}

/** Who makes the call, as the gate verified it; the gate must have `readIdentityClaims` for its `claims`. */
export function callerOf(context: Pick<HandlerContext, "values" | "method">): Caller {
  const { subject, scopes, claims } = principalOf<IdentityClaims>(context);
  return { accountId: subject, scopes, ...claims };
}
