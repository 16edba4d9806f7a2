/** Retry throttling (gRFC A6). */
export interface RetryBudget {
  succeeded(): void;
  failed(): void;
  /** Whether a retry may be made now. */
  allows(): boolean;
}

/** Creates a full budget; false makes one that never ends. */
export function createRetryBudget(options: { tokens: number; ratio: number } | false): RetryBudget {
  if (options === false) {
    return { succeeded: () => undefined, failed: () => undefined, allows: () => true };
  }
  let tokens = options.tokens;
  return {
    succeeded() {
      tokens = Math.min(tokens + options.ratio, options.tokens);
    },
    failed() {
      tokens = Math.max(tokens - 1, 0);
    },
    allows: () => tokens > options.tokens / 2,
  };
}
