/** The tables that `migrations/` makes. Times are milliseconds since the epoch. */
export interface IdentitySchema {
  partners: PartnersTable;
  usernames: UsernamesTable;
  service_accounts: ServiceAccountsTable;
  secrets: SecretsTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  revocations: RevocationsTable;
  events: EventsTable;
  sequences: SequencesTable;
  idempotency_keys: IdempotencyKeysTable;
  signing_keys: SigningKeysTable;
  refresh_tokens: RefreshTokensTable;
  sign_in_guard: SignInGuardTable;
  audit_log: AuditLogTable;
}

export interface PartnersTable {
  partner_id: string;
  slug: string;
  display_name: string;
  contact_email: string;
  state: string;
  etag: string;
  create_time: number;
  update_time: number;
}

/** Every username that there ever was: it stays when its account is deleted. */
export interface UsernamesTable {
  username: string;
  account_id: string;
}

export interface ServiceAccountsTable {
  account_id: string;
  partner_id: string;
  username: string;
  display_name: string;
  /** Separated by spaces, sorted. */
  scopes: string;
  state: string;
  lock_expire_time: number | null;
  last_sign_in_time: number | null;
  etag: string;
  create_time: number;
  update_time: number;
}

export interface SecretsTable {
  secret_id: string;
  account_id: string;
  partner_id: string;
  kind: string;
  display_name: string;
  hash: string;
  create_time: number;
  expire_time: number | null;
  last_use_time: number | null;
  revoke_time: number | null;
}

/** No references to accounts: what is known of tokens outlives them. */
export interface SessionsTable {
  session_id: string;
  account_id: string;
  partner_id: string;
  secret_id: string;
  expire_time: number;
}

export interface TokensTable {
  token_id: string;
  session_id: string;
  account_id: string;
  partner_id: string;
  secret_id: string;
  kind: string;
  /** Separated by spaces. */
  scopes: string;
  /** Separated by spaces. */
  audiences: string;
  key_id: string;
  issue_time: number;
  expire_time: number;
}

export interface RevocationsTable {
  sequence: number;
  revocation_id: string;
  partner_id: string;
  target_kind: string;
  target_id: string;
  reason: string;
  revoke_time: number;
  expire_time: number;
}

/** The outbox. */
export interface EventsTable {
  partner_id: string;
  sequence: number;
  event_id: string;
  occur_time: number;
  /** A serialised `partner.identity.v1.IdentityEvent`. */
  payload: Uint8Array;
}

/** The last number given out under each name. */
export interface SequencesTable {
  name: string;
  value: number;
}

export interface IdempotencyKeysTable {
  scope: string;
  key: string;
  /** SHA-256 of what was asked for. */
  digest: string;
  result_id: string;
  expire_time: number;
}

export interface SigningKeysTable {
  key_id: string;
  algorithm: string;
  public_jwk: string;
  sealed_private: Uint8Array;
  create_time: number;
  activate_time: number;
  retire_time: number | null;
  expire_time: number | null;
  revoke_time: number | null;
  /** 1 or 0. */
  retirement_told: number;
}

/** What a refresh token needs besides its row in `tokens`. */
export interface RefreshTokensTable {
  token_id: string;
  digest: string;
  use_time: number | null;
  successor_id: string | null;
}

export interface SignInGuardTable {
  subject: string;
  failures: number;
  since_time: number;
  block_time: number;
}

export interface AuditLogTable {
  audit_id: string;
  occur_time: number;
  partner_id: string;
  actor: string;
  action: string;
  target: string;
  outcome: string;
  address: string;
  detail: string;
}
