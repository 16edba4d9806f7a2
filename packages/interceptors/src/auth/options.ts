import type { ConnectError, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { InterceptorError } from "../errors.ts";
import type { ConfinementOptions } from "./confinement.ts";
import type { Grant } from "./grant.ts";
import type { RenewAhead } from "./schedule.ts";
import type { TokenSource } from "./token-source.ts";

/** What happened to a token request. */
export type RefreshEvent =
  | { readonly kind: "refreshed"; readonly generation: number; readonly durationMs: number }
  | { readonly kind: "unchanged"; readonly durationMs: number }
  | {
      readonly kind: "failed";
      readonly error: InterceptorError;
      readonly retryInMs: number;
      readonly durationMs: number;
    };

/** Options that every token source takes. */
export interface TokenSourceOptions {
  /** Renewal ahead of the end. */
  ahead?: RenewAhead;
  /** How long one token request may take, in milliseconds, with the body. Default 10,000. */
  timeoutMs?: number;
  /**
   * Called once when the credentials are refused: the moment to show a login form. A token that is still valid stays in
   * use. No token is asked for again until `reset()`. What it throws is ignored.
   */
  onSessionLost?: (error: InterceptorError) => void;
  /** Called after each token request, for logs and metrics. It never gets a secret. What it throws is ignored. */
  onRefresh?: (event: RefreshEvent) => void;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Wall clock, in milliseconds since 1970. Default `Date.now`. */
  wallNow?: () => number;
  /** Chance, in [0, 1). Default `Math.random`. */
  random?: () => number;
}

/** Options of `createTokenSource`. */
export interface CreateTokenSourceOptions extends TokenSourceOptions {
  /** Gets one token. */
  grant: Grant;
}

/** Options of `bearerAuth`. */
export interface BearerAuthOptions extends ConfinementOptions {
  /** Where tokens come from. */
  tokens: TokenSource;
  /** Whether a call carries the token. Default: every call. A call that does not is never refreshed for. */
  select?: (request: UnaryRequest | StreamRequest) => boolean;
  /**
   * Whether an error asks for a new token. Default: code Unauthenticated, without a challenge or with a Bearer challenge
   * whose error is `invalid_token` (RFC 6750, section 3.1).
   */
  shouldRefresh?: (error: ConnectError) => boolean;
  /**
   * How much of what a client or bidi stream sent is kept for a replay. Beyond either limit nothing is kept, and the
   * server's error goes through. gRPC's name for it: per-RPC retry buffer (gRFC A6).
   */
  replay?: {
    /** Default 64. */
    maxMessages?: number;
    /** In bytes of binary Protobuf. Default 262,144. */
    maxBytes?: number;
  };
  /** Monotonic clock, in milliseconds, for the time that is left for the second attempt. Default `performance.now`. */
  now?: () => number;
}
