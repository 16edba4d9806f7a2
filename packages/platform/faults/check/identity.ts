import { fromBinary } from "@bufbuild/protobuf";
import { IdentityEventSchema } from "@partner/identity/v1";
import { bytes, groupBy, type Inspection, integer, text } from "./rows.ts";

/** What is in the database of an identity service, and what of it does not fit together. */
export interface IdentityReport {
  readonly problems: readonly string[];
  readonly accounts: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly tokens: ReadonlySet<string>;
  /** Targets of revocations. */
  readonly revoked: ReadonlySet<string>;
  readonly events: number;
}

/** Checks all that one transaction writes together: nothing may be there by half. */
export async function checkIdentity(db: Inspection): Promise<IdentityReport> {
  const problems: string[] = [];
  const wrong = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) {
      problems.push(`${what}: ${String(found)}, not ${String(expected)}`);
    }
  };
  const column = async (table: string, name: string): Promise<Set<string>> =>
    new Set((await db.all(`select ${name} as id from ${table}`)).map((row) => text(row, "id")));

  const events = await db.all("select * from events order by partner_id, sequence");
  const sequences = new Map(
    (await db.all("select name, value from sequences")).map((row) => [
      text(row, "name"),
      integer(row, "value"),
    ]),
  );
  for (const [partnerId, ofPartner] of groupBy(events, "partner_id")) {
    wrong(
      `events of ${partnerId}: without gaps`,
      integer(ofPartner.at(-1) ?? {}, "sequence"),
      ofPartner.length,
    );
    wrong(`events of ${partnerId}: the last`, sequences.get(`events/${partnerId}`), ofPartner.length);
  }
  const told = { accounts: new Set<string>(), secrets: new Set<string>(), revocations: new Set<string>() };
  for (const row of events) {
    const { change, sequence } = fromBinary(IdentityEventSchema, bytes(row, "payload"));
    wrong("the sequence in an event", Number(sequence), integer(row, "sequence"));
    if (change.case === "serviceAccountCreated") {
      told.accounts.add(change.value.serviceAccount?.serviceAccountId ?? "");
    } else if (change.case === "secretCreated") {
      told.secrets.add(change.value.secret?.secretId ?? "");
    } else if (change.case === "tokensRevoked") {
      told.revocations.add(change.value.revocation?.revocationId ?? "");
    }
  }
  const accounts = await column("service_accounts", "account_id");
  const secrets = await column("secrets", "secret_id");
  const revocations = await column("revocations", "revocation_id");
  for (const [what, rows, events] of [
    ["account", accounts, told.accounts],
    ["secret", secrets, told.secrets],
    ["revocation", revocations, told.revocations],
  ] as const) {
    for (const id of new Set([...rows, ...events])) {
      wrong(`${what} ${id}: it and its event are there`, rows.has(id) && events.has(id), true);
    }
  }
  const usernames = await column("usernames", "account_id");
  for (const id of accounts) {
    wrong(`account ${id}: its name is taken`, usernames.has(id), true);
  }
  const sessions = await column("sessions", "session_id");
  for (const id of await column("tokens", "session_id")) {
    wrong(`session ${id}: it is there`, sessions.has(id), true);
  }
  const keys = await column("signing_keys", "key_id");
  for (const id of await column("tokens where kind = 'access'", "key_id")) {
    wrong(`the key ${id} of a token is there`, keys.has(id), true);
  }
  for (const key of await db.all(
    "select result_id from idempotency_keys where scope like 'CreateSecret/%'",
  )) {
    wrong("what an idempotency key stands for exists", secrets.has(text(key, "result_id")), true);
  }
  const tokens = await column("tokens", "token_id");
  const revoked = await column("revocations", "target_id");
  return { problems, accounts, secrets, tokens, revoked, events: events.length };
}
