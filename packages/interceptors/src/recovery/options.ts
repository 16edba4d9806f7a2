import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";

/** Options of `recovery`. */
export interface RecoveryOptions {
  /** Called with what was thrown, for logs and alarms. What it throws is ignored. Default: nothing. */
  onPanic?: (reason: unknown, request: UnaryRequest | StreamRequest) => void;
}
