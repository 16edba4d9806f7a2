import type { DomainDeps } from "./deps.ts";
import { goneSecretsKeptMs } from "./secrets.ts";

/** A revocation is kept for a day at least: so long its idempotency key is answered with it. */
const revocationsKeptMs = 24 * 60 * 60 * 1000;

/** Longer than any limit's window. */
const guardKeptMs = 24 * 60 * 60 * 1000;

/** How many rows were removed. */
export interface Removed {
  readonly secrets: number;
  readonly revocations: number;
  readonly idempotencyKeys: number;
  readonly tokens: number;
}

/** Removes what nobody can ask for any more. To be called now and then, by each replica. */
export function removeOutdated({ store, now }: Pick<DomainDeps, "store" | "now">): Promise<Removed> {
  return store.change(async (tx) => {
    const at = now();
    const tokens = await tx.tokens.deleteExpired(at);
    await tx.refreshTokens.deleteOrphans();
    await tx.guard.deleteOutdated(at - guardKeptMs);
    return {
      tokens,
      secrets: await tx.secrets.deleteGone(at - goneSecretsKeptMs),
      revocations: await tx.revocations.deleteExpired({ expireAt: at, revokedAt: at - revocationsKeptMs }),
      idempotencyKeys: await tx.idempotency.deleteExpired(at),
    };
  });
}
