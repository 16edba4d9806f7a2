import type { Actor, SessionRecord, SigningKeyRecord, TokenRecord } from "./model.ts";

/** Which tokens of an account to list: those that have not expired at `now`, newest first. */
export interface TokenQuery {
  readonly accountId: string;
  readonly sessionId?: string | undefined;
  readonly now: number;
  /** Start after this one. */
  readonly after?: { readonly issuedAt: number; readonly tokenId: string } | undefined;
  readonly limit: number;
}

/** What is known of the tokens that were issued, and of their sessions. */
export interface TokenReads {
  /** A token of either kind, whether expired or not. */
  find(tokenId: string): Promise<TokenRecord | undefined>;
  /** By issue time, then by id, both descending. */
  list(query: TokenQuery): Promise<readonly TokenRecord[]>;
  findSession(sessionId: string): Promise<SessionRecord | undefined>;
}

export interface TokenRows extends TokenReads {
  insertSession(session: SessionRecord): Promise<void>;
  /** Its session lives at least as long from then on. */
  insert(token: TokenRecord): Promise<void>;
  /** Removes tokens and sessions that expired up to then. Answers how many tokens. */
  deleteExpired(before: number): Promise<number>;
  /** Sessions that have a token which expires after `now`; revoked ones may be among them. */
  aliveSessionsOfSecret(secretId: string, now: number): Promise<readonly SessionRecord[]>;
  /** When the last token of the account or the partner expires; undefined if there is none. */
  latestExpiry(owner: { accountId: string } | { partnerId: string }): Promise<number | undefined>;
}

/** Which signing keys to list: in the key set at `now`, or out of it for less than 90 days. Newest first. */
export interface SigningKeyQuery {
  readonly now: number;
  readonly after?: { readonly createdAt: number; readonly keyId: string } | undefined;
  readonly limit: number;
}

/** The signing keys, for operators. */
export interface SigningKeyAdmin {
  /** By creation, then by id, both descending. */
  list(query: SigningKeyQuery): Promise<readonly SigningKeyRecord[]>;
  /** Throws `IdentityError` `rotation_under_way`, `idempotency_key_reused`. */
  rotate(
    actor: Actor,
    request: { readonly revokeCurrent: boolean; readonly idempotencyKey: string },
  ): Promise<SigningKeyRecord>;
}
