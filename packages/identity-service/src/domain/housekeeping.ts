import type { DomainDeps } from "./deps.ts";
import { goneSecretsKeptMs } from "./secrets.ts";
import type { IdentityTx } from "./store.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** A revocation is kept for a day at least: so long its idempotency key is answered with it. */
const revocationsKeptMs = dayMs;

/** Longer than any limit's window. */
const guardKeptMs = dayMs;

/** How many rows of a log one transaction removes: others wait for it. */
const logBatch = 1000;

/** How long logs are kept, in milliseconds. */
export interface LogRetention {
  /** The audit log. */
  readonly auditMs: number;
  /** The outbox: whatever publishes its events elsewhere has to do so in that time. */
  readonly eventsMs: number;
}

export const defaultLogRetention: LogRetention = { auditMs: 400 * dayMs, eventsMs: 8 * dayMs };

/** How many rows were removed. */
export interface Removed {
  readonly secrets: number;
  readonly revocations: number;
  readonly idempotencyKeys: number;
  readonly tokens: number;
  readonly auditEntries: number;
  readonly events: number;
}

/** Removes what nobody can ask for any more, and what was logged long ago. To be called now and then, by each replica. */
export async function removeOutdated(
  { store, now }: Pick<DomainDeps, "store" | "now">,
  { auditMs, eventsMs }: LogRetention = defaultLogRetention,
): Promise<Removed> {
  const at = now();
  const state = await store.change(async (tx) => {
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
  const auditEntries = await inBatches((tx) => tx.audit.deleteOldest(at - auditMs, logBatch));
  const events = await inBatches((tx) => tx.events.deleteOldest(at - eventsMs, logBatch));
  return { ...state, auditEntries, events };

  async function inBatches(remove: (tx: IdentityTx) => Promise<number>): Promise<number> {
    let total = 0;
    for (;;) {
      const removed = await store.change(remove);
      total += removed;
      if (removed < logBatch) {
        return total;
      }
    }
  }
}
