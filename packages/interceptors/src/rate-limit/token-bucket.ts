/** Token buckets by key. */
export interface TokenBuckets {
  /** Takes a token now and returns 0, or takes none and returns the wait for one, in milliseconds. */
  take(key: string): number;
  /** Takes the next token that comes, and returns the wait for it, in milliseconds. */
  reserve(key: string): number;
  /** Gives a reserved token back. */
  giveBack(key: string): void;
  readonly size: number;
}

/** Creates full buckets which get `perSecond` tokens a second, up to `burst`. */
export function createTokenBuckets(
  perSecond: number,
  burst: number,
  maxKeys: number,
  now: () => number,
): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const fill = (key: string): { tokens: number; at: number } => {
    const at = now();
    const old = buckets.get(key);
    const tokens =
      old === undefined ? burst : Math.min(burst, old.tokens + ((at - old.at) * perSecond) / 1000);
    const bucket = { tokens, at };
    // A Map keeps the order of insertion: the oldest use comes first.
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > maxKeys) {
      buckets.delete(buckets.keys().next().value ?? "");
    }
    return bucket;
  };
  const waitFor = (missing: number): number => (missing <= 0 ? 0 : Math.ceil((missing * 1000) / perSecond));
  return {
    take(key) {
      const bucket = fill(key);
      const wait = waitFor(1 - bucket.tokens);
      if (wait === 0) {
        bucket.tokens--;
      }
      return wait;
    },
    reserve(key) {
      const bucket = fill(key);
      bucket.tokens--;
      return waitFor(-bucket.tokens);
    },
    giveBack(key) {
      fill(key).tokens++;
    },
    get size() {
      return buckets.size;
    },
  };
}
