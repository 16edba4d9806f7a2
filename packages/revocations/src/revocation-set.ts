import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Revocation } from "@partner/identity/v1";

/** What a revocation can be about, of one access token. */
export interface TokenIdentity {
  /** `jti` */
  readonly tokenId: string | undefined;
  /** `sid` */
  readonly sessionId: string | undefined;
  /** `sub` */
  readonly accountId: string;
  /** `partner` */
  readonly partnerId: string | undefined;
  /** `iat`, in milliseconds since 1970. Without it, a revocation of the account or the partner covers the token. */
  readonly issuedAtMs: number | undefined;
}

interface Entry {
  readonly revokedAt: number;
  readonly expireAt: number;
}

/** The revocations that are still needed. Adding one twice is adding it once. */
export class RevocationSet {
  readonly #entries = {
    tokenId: new Map<string, Entry>(),
    sessionId: new Map<string, Entry>(),
    serviceAccountId: new Map<string, Entry>(),
    partnerId: new Map<string, Entry>(),
  };

  /** How many tokens, sessions, accounts and partners have a revocation. */
  get size(): number {
    return Object.values(this.#entries).reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether anything changed. A target of a newer server changes nothing. */
  add({ target, revokeTime, expireTime }: Revocation): boolean {
    if (target.case === undefined || revokeTime === undefined || expireTime === undefined) {
      return false;
    }
    const entries = this.#entries[target.case];
    const before = entries.get(target.value);
    const revokedAt = Math.max(timestampMs(revokeTime), before?.revokedAt ?? 0);
    const expireAt = Math.max(timestampMs(expireTime), before?.expireAt ?? 0);
    if (before?.revokedAt === revokedAt && before.expireAt === expireAt) {
      return false;
    }
    entries.set(target.value, { revokedAt, expireAt });
    return true;
  }

  /** Whether the token is to be refused. */
  has({ tokenId, sessionId, accountId, partnerId, issuedAtMs }: TokenIdentity): boolean {
    const {
      tokenId: tokens,
      sessionId: sessions,
      serviceAccountId: accounts,
      partnerId: partners,
    } = this.#entries;
    const issuedBy = (entry: Entry | undefined): boolean =>
      entry !== undefined && (issuedAtMs === undefined || issuedAtMs <= entry.revokedAt);
    return (
      (tokenId !== undefined && tokens.has(tokenId)) ||
      (sessionId !== undefined && sessions.has(sessionId)) ||
      issuedBy(accounts.get(accountId)) ||
      (partnerId !== undefined && issuedBy(partners.get(partnerId)))
    );
  }

  /** Forgets revocations of which the last token expired before. */
  prune(before: number): void {
    for (const entries of Object.values(this.#entries)) {
      for (const [id, { expireAt }] of entries) {
        if (expireAt < before) {
          entries.delete(id);
        }
      }
    }
  }
}
