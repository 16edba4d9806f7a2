import { randomUUID } from "node:crypto";

/** What the provider knows of an access token. */
export type TokenState = "valid" | "expired" | "revoked" | "unknown";

/** Remembers each token that was issued, and finds the reuse of a rotated refresh token (RFC 9700, section 4.14.2). */
export interface TokenLedger {
  /** Records an access token. It is good until `expiresAt`, in milliseconds since 1970. */
  issue(token: string, expiresAt: number, family?: string): void;
  /** Says what a token is worth at the time `now`. */
  check(token: string, now: number): TokenState;
  /** From now on every access token issued so far is expired. */
  expireAll(): void;
  /** Starts a family of refresh tokens and returns the first. */
  startFamily(): { refreshToken: string; family: string };
  /** Swaps a refresh token for the next of its family; a token used before revokes the family. */
  rotate(refreshToken: string): { refreshToken: string; family: string } | undefined;
  /** How many families were revoked because of a reuse. */
  readonly revocations: number;
  /** How many access tokens were issued. */
  readonly issued: number;
}

/** Creates an empty ledger. */
export function createTokenLedger(): TokenLedger {
  const access = new Map<string, { expiresAt: number; family: string | undefined }>();
  const refresh = new Map<string, { family: string; used: boolean }>();
  const revoked = new Set<string>();

  const next = (family: string): { refreshToken: string; family: string } => {
    const refreshToken = `rt-${randomUUID()}`;
    refresh.set(refreshToken, { family, used: false });
    return { refreshToken, family };
  };
  return {
    issue(token, expiresAt, family) {
      access.set(token, { expiresAt, family });
    },
    check(token, now) {
      const known = access.get(token);
      if (known === undefined) {
        return "unknown";
      }
      if (known.family !== undefined && revoked.has(known.family)) {
        return "revoked";
      }
      return known.expiresAt > now ? "valid" : "expired";
    },
    expireAll() {
      for (const known of access.values()) {
        known.expiresAt = 0;
      }
    },
    startFamily: () => next(`family-${randomUUID()}`),
    rotate(refreshToken) {
      const known = refresh.get(refreshToken);
      if (known === undefined || revoked.has(known.family)) {
        return undefined;
      }
      if (known.used) {
        revoked.add(known.family);
        return undefined;
      }
      known.used = true;
      return next(known.family);
    },
    get revocations() {
      return revoked.size;
    },
    get issued() {
      return access.size;
    },
  };
}
