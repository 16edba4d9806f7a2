import type { Migration } from "@partner/storage";

/** Signing keys, refresh tokens, wrong credentials of late, the audit log. */
export const tokens: Migration = {
  name: "0002_tokens",
  statements: ({ table, text, integer, bytes }) => [
    table(
      "signing_keys",
      `key_id ${text} primary key, algorithm ${text} not null, public_jwk ${text} not null, sealed_private ${bytes} not null,
       create_time ${integer} not null, activate_time ${integer} not null, retire_time ${integer}, expire_time ${integer},
       revoke_time ${integer}, retirement_told ${integer} not null`,
    ),
    table("refresh_tokens", `token_id ${text} primary key, digest ${text} not null, use_time ${integer}`),
    table(
      "sign_in_guard",
      `subject ${text} primary key, failures ${integer} not null, since_time ${integer} not null,
       block_time ${integer} not null`,
    ),
    table(
      "audit_log",
      `audit_id ${text} primary key, occur_time ${integer} not null, partner_id ${text} not null, actor ${text} not null,
       action ${text} not null, target ${text} not null, outcome ${text} not null, address ${text} not null,
       detail ${text} not null`,
    ),
    "create index audit_log_of_partner on audit_log (partner_id, occur_time)",
  ],
};
