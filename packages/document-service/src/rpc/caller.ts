import type { HandlerContext } from "@connectrpc/connect";

/** Who calls, as far as handlers care. `scopes` were checked against the policy of the RPC before it came here. */
export interface Caller {
  /** The service account. */
  readonly accountId: string;
  readonly partnerId: string;
  readonly scopes: ReadonlySet<string>;
}

/** Says who calls: `main.ts` reads it from the verified token. */
export type CallerOf = (context: HandlerContext) => Caller;
