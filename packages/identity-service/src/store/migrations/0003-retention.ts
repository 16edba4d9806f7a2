import type { Migration } from "@partner/storage";

/** What is removed by age is found by it; and a refresh token knows what it was exchanged for. */
export const retention: Migration = {
  name: "0003_retention",
  statements: ({ text }) => [
    "create index audit_log_by_time on audit_log (occur_time)",
    "create index events_by_time on events (occur_time)",
    `alter table refresh_tokens add column successor_id ${text}`,
  ],
};
