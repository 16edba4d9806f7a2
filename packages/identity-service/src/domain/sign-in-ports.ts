import type { SigningAlgorithm } from "./model.ts";
import type { SigningKeyQuery } from "./token-ports.ts";

/** A signing key as it is kept: its times are set ahead, so its state follows from the clock alone. */
export interface StoredSigningKey {
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  /** The public half, a JSON Web Key as JSON. */
  readonly publicJwk: string;
  /** The private half, encrypted. */
  readonly sealedPrivate: Uint8Array;
  readonly createdAt: number;
  readonly activateAt: number;
  /** When another key takes over; may lie ahead. */
  readonly retireAt: number | undefined;
  /** When it leaves the key set; may lie ahead. */
  readonly expireAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** Whether an event told of its retirement. */
  readonly retirementTold: boolean;
}

export interface SigningKeyReads {
  /** Those that have not left the key set, newest first. */
  inSet(now: number): Promise<readonly StoredSigningKey[]>;
  find(keyId: string): Promise<StoredSigningKey | undefined>;
  /** By creation, then by id, both descending; without those that left the set up to `goneSince`. */
  list(query: SigningKeyQuery & { readonly goneSince: number }): Promise<readonly StoredSigningKey[]>;
}

export interface SigningKeyRows extends SigningKeyReads {
  insert(key: StoredSigningKey): Promise<void>;
  update(key: StoredSigningKey): Promise<void>;
}

/** Makes keys and signs with them. What is slow or random about keys is here, and not in a transaction. */
export interface KeyMaker {
  /** Of the keys that it makes; it signs with any. */
  readonly algorithm: SigningAlgorithm;
  /** A new key, its private half encrypted under the service's own. */
  make(): Promise<Pick<StoredSigningKey, "keyId" | "algorithm" | "publicJwk" | "sealedPrivate">>;
  /** A JWT of type `at+jwt` with these claims. Throws `IdentityError` `key_unreadable`. */
  sign(key: StoredSigningKey, claims: Readonly<Record<string, unknown>>): Promise<string>;
}

/** A refresh token's place: what is known of it besides is its `TokenRecord`. */
export interface RefreshTokenRow {
  readonly tokenId: string;
  /** SHA-256 of its value. It has 256 random bits, so nothing slower is needed. */
  readonly digest: string;
  /** When it was exchanged, or taken back for another; a second time is a theft, unless an answer was lost. */
  readonly usedAt: number | undefined;
  /** What it was exchanged for; undefined: nothing yet, or another took its place. */
  readonly successorId: string | undefined;
}

export interface RefreshTokenRows {
  find(tokenId: string): Promise<RefreshTokenRow | undefined>;
  insert(row: RefreshTokenRow): Promise<void>;
  markUsed(
    tokenId: string,
    use: { readonly at: number; readonly successorId: string | undefined },
  ): Promise<void>;
  /** Removes those whose token is not known any more. */
  deleteOrphans(): Promise<void>;
}

/** Digests values that are random already. */
export type Digest = (value: string) => string;

/** Wrong credentials of late, by username or by address. */
export interface GuardEntry {
  readonly subject: string;
  readonly failures: number;
  /** Since when they are counted. */
  readonly since: number;
  /** Attempts are refused until then. */
  readonly blockedUntil: number;
}

export interface GuardRows {
  find(subject: string): Promise<GuardEntry | undefined>;
  put(entry: GuardEntry): Promise<void>;
  delete(subject: string): Promise<void>;
  /** Removes those that count nothing any more. */
  deleteOutdated(before: number): Promise<void>;
}

/** Who did what, from where, and whether it was let through. Never a credential. */
export interface AuditEntry {
  readonly at: number;
  /** The partner concerned; empty if none is known. */
  readonly partnerId: string;
  /** The account, a component, or the digest of the name that was claimed. */
  readonly actor: string;
  /** Such as `sign_in` or `refresh`. */
  readonly action: string;
  /** What it was done to: an id; may be empty. */
  readonly target: string;
  readonly outcome: "ok" | "refused";
  /** The network address it came from; empty if it was not a request. */
  readonly address: string;
  /** Why, in a word or two; may be empty. */
  readonly detail: string;
}

export interface AuditRows {
  append(entry: AuditEntry): Promise<void>;
  /** Removes the oldest of those from before then, so many at most. Answers how many. */
  deleteOldest(before: number, limit: number): Promise<number>;
}
