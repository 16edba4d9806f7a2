import type { Actor } from "./model.ts";

/** Who makes a call: what the verified access token says. */
export interface Caller {
  /** `sub` */
  readonly accountId: string;
  /** `partner` */
  readonly partnerId: string;
  /** `scope` */
  readonly scopes: ReadonlySet<string>;
  /** `sid` */
  readonly sessionId: string;
  /** `jti` */
  readonly tokenId: string;
}

/** The scope of those who run the platform and see all partners. */
export const operateScope = "platform:operate";

export function isOperator(caller: Caller): boolean {
  return caller.scopes.has(operateScope);
}

/** Whether what belongs to the partner exists for the caller. */
export function canSee(caller: Caller, partnerId: string): boolean {
  return caller.partnerId === partnerId || isOperator(caller);
}

export function actorOf(caller: Caller): Actor {
  return { partnerId: caller.partnerId, accountId: caller.accountId };
}
