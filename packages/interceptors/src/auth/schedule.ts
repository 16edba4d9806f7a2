/** The three times of a token, on the monotonic clock, in milliseconds. */
export interface Schedule {
  /** Fresh before: used without a thought. */
  readonly staleAt: number;
  /** Stale before: used, while the next one is fetched in the background. From here on a call waits. */
  readonly expiresAt: number;
  /** The end: from here on the token is not used even if no other one can be had. */
  readonly endsAt: number;
}

/** When tokens are renewed ahead of their end. */
export interface RenewAhead {
  /**
   * Length of the stale window, in milliseconds. Default: a fifth of the lifetime, at most 300,000. A longer one than half
   * of the lifetime is cut to that.
   */
  windowMs?: number;
  /**
   * How long before its end a token counts as expired, in milliseconds, so that it does not end on its way. Default: a
   * twentieth of the lifetime, at most 10,000.
   */
  leewayMs?: number;
  /**
   * The part of the window over which the start of the renewal is spread at random, so that a fleet that started together
   * does not renew together. From 0 to 1. Default 0.5.
   */
  jitter?: number;
}

const shortestMs = 1000;
const never: Schedule = { staleAt: Infinity, expiresAt: Infinity, endsAt: Infinity };

/**
 * Plans a token that was asked for at `now`. A lifetime below one second counts as one second: else each call would ask
 * for a token. An unknown lifetime is never renewed ahead: the server's Unauthenticated says when.
 */
export function planToken(
  now: number,
  lifetimeMs: number | undefined,
  ahead: RenewAhead,
  random: () => number,
): Schedule {
  if (lifetimeMs === undefined) {
    return never;
  }
  const lifetime = Math.max(lifetimeMs, shortestMs);
  const leeway = Math.min(ahead.leewayMs ?? Math.min(lifetime / 20, 10_000), lifetime / 2);
  const window = Math.min(ahead.windowMs ?? Math.min(lifetime / 5, 300_000), lifetime / 2);
  const expiresAt = now + lifetime - leeway;
  const spread = window * (ahead.jitter ?? 0.5) * random();
  return { staleAt: expiresAt - window + spread, expiresAt, endsAt: now + lifetime };
}
