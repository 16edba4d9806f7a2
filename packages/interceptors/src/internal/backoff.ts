/** Exponential backoff. */
export interface BackoffOptions {
  /** The first delay, in milliseconds. */
  initialMs: number;
  /** The longest delay, in milliseconds, before jitter. */
  maxMs: number;
  /** Each delay is this many times the one before. */
  multiplier: number;
  /** Each delay is changed at random by at most this part of it: 0.2 is ±20 % (gRFC A6). */
  jitter: number;
}

/** The delay before the attempt that follows `failures` failures (1 or more), in milliseconds. */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const base = Math.min(options.initialMs * options.multiplier ** (failures - 1), options.maxMs);
  return base * (1 + options.jitter * (2 * random() - 1));
}
