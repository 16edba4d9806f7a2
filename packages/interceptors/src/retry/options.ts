import type { DescMethod } from "@bufbuild/protobuf";
import type { Code, ConnectError } from "@connectrpc/connect";

/** Options of `retry`. gRPC's names are those of gRFC A6. */
export interface RetryOptions {
  /** How many times a call is tried in all, the first time included. gRPC: `maxAttempts`. Default 3. */
  maxAttempts?: number;
  /** The codes that are tried again. gRPC: `retryableStatusCodes`. Default `[Code.Unavailable]`. */
  codes?: readonly Code[];
  /**
   * Which methods may be repeated. Default: those whose `idempotency_level` in the proto is NO_SIDE_EFFECTS or IDEMPOTENT.
   * `() => true` says that every method may.
   */
  methods?: (method: DescMethod) => boolean;
  /** The first delay, in milliseconds. gRPC: `initialBackoff`. Default 100. */
  initialBackoffMs?: number;
  /** The longest delay, in milliseconds. gRPC: `maxBackoff`. Default 5,000. */
  maxBackoffMs?: number;
  /** gRPC: `backoffMultiplier`. Default 2. */
  backoffMultiplier?: number;
  /** Each delay is changed by at most this part of it. Default 0.2, as in gRFC A6. */
  jitter?: number;
  /**
   * Stops retries when too many calls fail. Each failure costs 1, each success gives `ratio` back, up to `tokens`; at half or
   * less nothing is retried. gRPC: `retryThrottling`. Default `{ tokens: 10, ratio: 0.1 }`; false: no budget.
   */
  budget?: { tokens: number; ratio: number } | false;
  /** Called before each delay, for logs and metrics. What it throws is ignored. */
  onRetry?: (event: { attempt: number; delayMs: number; error: ConnectError }) => void;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Waits; rejects when the signal aborts. Default: a timer. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Chance, in [0, 1). Default `Math.random`. */
  random?: () => number;
}
