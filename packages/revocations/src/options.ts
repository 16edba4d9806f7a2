import type { Transport } from "@connectrpc/connect";
import type { TokenIdentity } from "./revocation-set.ts";

/** The part of the gate's principal that is needed. */
export interface RevocablePrincipal {
  readonly subject: string;
  readonly tokenId: string | undefined;
  readonly issuedAtMs: number | undefined;
  readonly claims: unknown;
}

/** What happens to a feed, for logs and metrics. */
export type RevocationFeedEvent =
  /** Everything up to now is known, after a start or a break. */
  | { readonly kind: "caught_up"; readonly size: number }
  /** The stream broke; the next attempt comes after `waitMs`. */
  | { readonly kind: "broken"; readonly cause: unknown; readonly waitMs: number };

/** Options of `revocationFeed`. */
export interface RevocationFeedOptions {
  /** To the identity service, as an account with the scope `identity:revocation:watch`. */
  transport: Transport;
  /** The longest silence of a stream, in milliseconds, 1,000 to 60,000: after twice that it is taken for dead. Default 5,000. */
  heartbeatMs?: number;
  /**
   * How long `isRevoked` answers while the identity service cannot be reached, in milliseconds. Longer than tokens live is as
   * good as for ever. Default 300,000.
   */
  maxStaleMs?: number;
  /** What a revocation can be about. Default: the claims `partner` and `sid`, as they are in the token. */
  identify?: (principal: RevocablePrincipal) => TokenIdentity;
  /** Is told what happens. What it throws is ignored. */
  onEvent?: (event: RevocationFeedEvent) => void;
  /** A clock that nobody sets, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** The time of day, in milliseconds since 1970. Default `Date.now`. */
  wallNow?: () => number;
  /** Waits; rejects when the signal aborts. Default a timer. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1, for jitter. Default `Math.random`. */
  random?: () => number;
}

/** The claims as `jwtGate` gives them by default. */
export function identifyByClaims({
  subject,
  tokenId,
  issuedAtMs,
  claims,
}: RevocablePrincipal): TokenIdentity {
  const { partner, sid } = claims as { partner?: unknown; sid?: unknown };
  return {
    tokenId,
    accountId: subject,
    sessionId: typeof sid === "string" ? sid : undefined,
    partnerId: typeof partner === "string" ? partner : undefined,
    issuedAtMs,
  };
}
