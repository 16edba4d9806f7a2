import type { GuardEntry } from "./sign-in-ports.ts";

/** How many wrong credentials are let through before the pause. */
export interface GuardLimit {
  readonly failures: number;
  /** Failures count together within this time. */
  readonly windowMs: number;
  /** How long attempts are refused then. */
  readonly blockMs: number;
}

/** How long attempts are still refused, in milliseconds; 0: they are not. */
export function blockedForMs(entry: GuardEntry | undefined, now: number): number {
  return Math.max(0, (entry?.blockedUntil ?? 0) - now);
}

/** The entry after one more failure. When the limit is reached it blocks, and counting starts anew. */
export function afterFailure(
  entry: GuardEntry | undefined,
  subject: string,
  limit: GuardLimit,
  now: number,
): GuardEntry {
  const current = entry !== undefined && now - entry.since < limit.windowMs ? entry : undefined;
  const failures = (current?.failures ?? 0) + 1;
  const since = current?.since ?? now;
  const blockedUntil = entry?.blockedUntil ?? 0;
  return failures >= limit.failures
    ? { subject, failures: 0, since: now, blockedUntil: now + limit.blockMs }
    : { subject, failures, since, blockedUntil };
}
