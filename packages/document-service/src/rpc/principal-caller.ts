import type { HandlerContext } from "@connectrpc/connect";
import { principalOf, type TokenClaims } from "@wirehouse/interceptors/auth/server";
import type { Caller } from "./caller.ts";

/** What tokens say besides the standard claims. */
export interface DocumentClaims {
  /** `partner` */
  readonly partner: string;
  /** `sid`, if there is one. */
  readonly sid: unknown;
}

/** For the option `claims` of `jwtGate`: a token without a partner is refused. Throws `TypeError`. */
export function readClaims({ partner, sid }: TokenClaims): DocumentClaims {
  if (typeof partner !== "string" || partner === "") {
    throw new TypeError("the claim partner is missing");
  }
  return { partner, sid };
}

/** Who makes the call, as the gate verified it; the gate must have `readClaims` for its `claims`. */
export function callerOfPrincipal(context: HandlerContext): Caller {
  const { subject, scopes, claims } = principalOf<DocumentClaims>(context);
  return { accountId: subject, partnerId: claims.partner, scopes };
}
