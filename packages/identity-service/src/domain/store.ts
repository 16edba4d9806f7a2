import type { DomainEvent } from "./events.ts";
import type {
  Partner,
  PartnerState,
  Revocation,
  Secret,
  SecretKind,
  ServiceAccount,
  ServiceAccountState,
} from "./model.ts";
import type {
  AuditRows,
  GuardRows,
  RefreshTokenRows,
  SigningKeyReads,
  SigningKeyRows,
} from "./sign-in-ports.ts";
import type { TokenReads, TokenRows } from "./token-ports.ts";

/** Where the domain keeps its state. */
export interface IdentityStore {
  /** Runs on one consistent snapshot. */
  read<T>(work: (tx: IdentityReads) => Promise<T>): Promise<T>;
  /**
   * Runs in a serializable transaction: all of it happens, or nothing, as if no other ran meanwhile. May run the work again
   * after a conflict with another transaction, so the work must be repeatable: no effect but through `tx`.
   */
  write<T>(work: (tx: IdentityTx) => Promise<T>): Promise<T>;
  /**
   * As `write`, one at a time over all replicas: for what emits events or revokes, which would conflict on their counters.
   * A `write` may do so too, for a change that is rare on a path that is not.
   */
  change<T>(work: (tx: IdentityTx) => Promise<T>): Promise<T>;
}

/** A page of a list: at most `limit`, after the given place. */
export interface Page<After> {
  readonly limit: number;
  readonly after?: After | undefined;
}

export interface PartnerReads {
  find(partnerId: string): Promise<Partner | undefined>;
  /** By slug. With `partnerId`, that one at most; `states` empty: in any. */
  list(
    query: Page<string> & {
      readonly partnerId?: string | undefined;
      readonly states: readonly PartnerState[];
    },
  ): Promise<readonly Partner[]>;
}

export interface PartnerRows extends PartnerReads {
  /** False if the slug is taken. */
  insert(partner: Partner): Promise<boolean>;
  update(partner: Partner): Promise<void>;
}

export interface AccountReads {
  find(accountId: string): Promise<ServiceAccount | undefined>;
  findByUsername(username: string): Promise<ServiceAccount | undefined>;
  /** By username. `states` empty: in any. */
  list(
    query: Page<string> & { readonly partnerId: string; readonly states: readonly ServiceAccountState[] },
  ): Promise<readonly ServiceAccount[]>;
  count(partnerId: string): Promise<number>;
}

export interface AccountRows extends AccountReads {
  /** False if the username is taken, by whichever account there ever was. */
  insert(account: ServiceAccount): Promise<boolean>;
  update(account: ServiceAccount): Promise<void>;
  /** Removes the account with its secrets; the username stays taken. */
  delete(accountId: string): Promise<void>;
  /** Notes a sign-in, unless one of the last minute is noted already. */
  recordSignIn(accountId: string, at: number): Promise<void>;
}

/** A secret with the hash to check a value against. */
export interface HashedSecret extends Secret {
  readonly hash: string;
}

export interface SecretReads {
  find(secretId: string): Promise<Secret | undefined>;
  /** By creation, then by id, both descending. */
  list(
    query: Page<{ readonly createdAt: number; readonly secretId: string }> & {
      readonly accountId: string;
      /** Those that expired or were revoked up to then are left out. */
      readonly goneSince: number;
    },
  ): Promise<readonly Secret[]>;
  /** How many are neither expired nor revoked. */
  countLive(accountId: string, now: number): Promise<number>;
  /** Those that can be signed in with. */
  usable(accountId: string, kind: SecretKind, now: number): Promise<readonly HashedSecret[]>;
}

export interface SecretRows extends SecretReads {
  insert(secret: HashedSecret): Promise<void>;
  revoke(secretId: string, at: number): Promise<void>;
  /** Notes a use, unless one of the last minute is noted already. */
  recordUse(secretId: string, at: number): Promise<void>;
  /** Removes those that expired or were revoked up to then. Answers how many. */
  deleteGone(goneSince: number): Promise<number>;
}

/** A revocation with its place in the order in which revocations became visible. */
export interface SequencedRevocation extends Revocation {
  readonly sequence: number;
}

export interface RevocationReads {
  find(revocationId: string): Promise<Revocation | undefined>;
  /** Those about one of these tokens, sessions, accounts or partners. */
  byTargets(ids: readonly string[]): Promise<readonly Revocation[]>;
  /** The sequence of the last revocation made; 0 before the first. */
  lastSequence(): Promise<number>;
  /** In order of sequence, from `after` (exclusive) to `upTo` (inclusive); with `neededAt`, without those expired by then. */
  since(query: {
    readonly after: number;
    readonly upTo?: number | undefined;
    readonly neededAt?: number | undefined;
    readonly limit: number;
  }): Promise<readonly SequencedRevocation[]>;
}

export interface RevocationRows extends RevocationReads {
  /** Added when the transaction ends: not seen by reads in it. */
  add(revocation: Revocation): void;
  /** Removes those that expired before and were made before. Answers how many. */
  deleteExpired(before: { readonly expireAt: number; readonly revokedAt: number }): Promise<number>;
}

/** A use of an idempotency key. */
export interface KeyUse {
  /** Keys of different scopes have nothing to do with each other. */
  readonly scope: string;
  readonly key: string;
  /** What was asked for, as text; only a digest of it is kept. */
  readonly fingerprint: string;
  /** What came of it. */
  readonly resultId: string;
  readonly now: number;
  readonly expireAt: number;
}

export interface IdempotencyRows {
  /** Notes the use. If the key was used before and that is not forgotten yet: says so, and whether for the same. */
  claim(
    use: KeyUse,
  ): Promise<
    { readonly kind: "new" } | { readonly kind: "used"; readonly resultId: string; readonly same: boolean }
  >;
  /** Answers how many were forgotten. */
  deleteExpired(now: number): Promise<number>;
}

/** The outbox, as far as it is read or written by itself: `emit` fills it. */
export interface EventRows {
  /** Removes the oldest of those from before then, so many at most. Answers how many. */
  deleteOldest(before: number, limit: number): Promise<number>;
}

/** What can be read. */
export interface IdentityReads {
  readonly partners: PartnerReads;
  readonly accounts: AccountReads;
  readonly secrets: SecretReads;
  readonly revocations: RevocationReads;
  readonly tokens: TokenReads;
  readonly keys: SigningKeyReads;
  readonly guard: Pick<GuardRows, "find">;
}

/** What can be done in a transaction. */
export interface IdentityTx extends IdentityReads {
  readonly partners: PartnerRows;
  readonly accounts: AccountRows;
  readonly secrets: SecretRows;
  readonly revocations: RevocationRows;
  readonly idempotency: IdempotencyRows;
  readonly tokens: TokenRows;
  readonly keys: SigningKeyRows;
  readonly guard: GuardRows;
  readonly refreshTokens: RefreshTokenRows;
  readonly audit: AuditRows;
  readonly events: EventRows;
  /** Puts an event into the outbox, and a line of it into the audit log, when the transaction ends. */
  emit(event: DomainEvent): void;
}
