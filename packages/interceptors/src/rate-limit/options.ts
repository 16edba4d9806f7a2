import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";

/** Options of `clientRateLimit` and `serverRateLimit`. */
export interface RateLimitOptions {
  /** How many calls a second each key may make on average. */
  perSecond: number;
  /** How many calls a key may make at once after a pause. Default: `perSecond`, at least 1. */
  burst?: number;
  /** Who is counted together. Default: all calls together. On a server: the principal, the method or `realIpKey`. */
  key?: (request: UnaryRequest | StreamRequest) => string;
  /** How many keys are remembered; the one used longest ago is forgotten first. Default 10,000. */
  maxKeys?: number;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
}

/** Options of `clientRateLimit`. */
export interface ClientRateLimitOptions extends RateLimitOptions {
  /** "wait" waits for its turn, within the call's deadline; "fail" gives `ResourceExhausted`. Default "wait". */
  onLimit?: "wait" | "fail";
  /** Waits; rejects when the signal aborts. Default: a timer. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}
