import type { Caller } from "./caller.ts";
import { IdentityError } from "./errors.ts";
import type { IdentityTx } from "./store.ts";

/** How long a key is remembered. */
export const idempotencyKeyLifetimeMs = 24 * 60 * 60 * 1000;

/** One attempt at something that shall happen once. */
export interface Attempt {
  /** Which operation, for whom: keys of different scopes have nothing to do with each other. */
  readonly scope: string;
  readonly key: string;
  /** What is asked for: the same text in every attempt. */
  readonly fingerprint: string;
  /** The id of what is made if this is the first attempt. */
  readonly resultId: string;
  readonly now: number;
}

/** Keys are made by clients, so those of one partner must not meet those of another. */
export function keyScope(operation: string, caller: Pick<Caller, "partnerId">): string {
  return `${operation}/${caller.partnerId}`;
}

/**
 * Claims the key in the transaction that does the thing. `repeat`: it was done; answer with what came of it. Throws
 * `IdentityError` `idempotency_key_reused` if something else was asked for under the key.
 */
export async function claimIdempotencyKey(
  tx: Pick<IdentityTx, "idempotency">,
  attempt: Attempt,
): Promise<{ kind: "new" } | { kind: "repeat"; resultId: string }> {
  const claim = await tx.idempotency.claim({ ...attempt, expireAt: attempt.now + idempotencyKeyLifetimeMs });
  if (claim.kind === "new") {
    return claim;
  }
  if (!claim.same) {
    throw new IdentityError(
      "idempotency_key_reused",
      "the idempotency key was used for another request in the last 24 hours: make a new one for a new request",
    );
  }
  return { kind: "repeat", resultId: claim.resultId };
}
