import type { Migration } from "@partner/storage";

/** Partners, their accounts and secrets, what is known of tokens, revocations, the outbox and idempotency keys. */
export const partners: Migration = {
  name: "0001_partners",
  statements: ({ table, text, integer, bytes }) => [
    table(
      "partners",
      `partner_id ${text} primary key, slug ${text} not null unique, display_name ${text} not null,
       contact_email ${text} not null, state ${text} not null, etag ${text} not null,
       create_time ${integer} not null, update_time ${integer} not null`,
    ),
    table("usernames", `username ${text} primary key, account_id ${text} not null`),
    table(
      "service_accounts",
      `account_id ${text} primary key, partner_id ${text} not null references partners, username ${text} not null unique,
       display_name ${text} not null, scopes ${text} not null, state ${text} not null, lock_expire_time ${integer},
       last_sign_in_time ${integer}, etag ${text} not null, create_time ${integer} not null, update_time ${integer} not null`,
    ),
    "create index service_accounts_of_partner on service_accounts (partner_id, username)",
    table(
      "secrets",
      `secret_id ${text} primary key, account_id ${text} not null references service_accounts on delete cascade,
       partner_id ${text} not null, kind ${text} not null, display_name ${text} not null, hash ${text} not null,
       create_time ${integer} not null, expire_time ${integer}, last_use_time ${integer}, revoke_time ${integer}`,
    ),
    "create index secrets_of_account on secrets (account_id, create_time, secret_id)",
    table(
      "revocations",
      `sequence ${integer} primary key, revocation_id ${text} not null unique, partner_id ${text} not null,
       target_kind ${text} not null, target_id ${text} not null, reason ${text} not null,
       revoke_time ${integer} not null, expire_time ${integer} not null`,
    ),
    "create index revocations_of_target on revocations (target_id)",
    table(
      "events",
      `partner_id ${text} not null, sequence ${integer} not null, event_id ${text} not null unique,
       occur_time ${integer} not null, payload ${bytes} not null, primary key (partner_id, sequence)`,
    ),
    table("sequences", `name ${text} primary key, value ${integer} not null`),
    table(
      "idempotency_keys",
      `scope ${text} not null, key ${text} not null, digest ${text} not null, result_id ${text} not null,
       expire_time ${integer} not null, primary key (scope, key)`,
    ),
    table(
      "sessions",
      `session_id ${text} primary key, account_id ${text} not null, partner_id ${text} not null,
       secret_id ${text} not null, expire_time ${integer} not null`,
    ),
    "create index sessions_of_secret on sessions (secret_id, expire_time)",
    table(
      "tokens",
      `token_id ${text} primary key, session_id ${text} not null, account_id ${text} not null, partner_id ${text} not null,
       secret_id ${text} not null, kind ${text} not null, scopes ${text} not null, audiences ${text} not null,
       key_id ${text} not null, issue_time ${integer} not null, expire_time ${integer} not null`,
    ),
    "create index tokens_of_account on tokens (account_id, issue_time, token_id)",
    "create index tokens_of_account_by_expiry on tokens (account_id, expire_time)",
    "create index tokens_of_partner_by_expiry on tokens (partner_id, expire_time)",
    "create index idempotency_keys_by_expiry on idempotency_keys (expire_time)",
  ],
};
