import type { Database } from "@partner/storage";
import type { Transaction } from "kysely";
import { auditEntryOf } from "../domain/audit.ts";
import type { DomainEvent } from "../domain/events.ts";
import type { Ids } from "../domain/ports.ts";
import type { IdentityStore, IdentityTx } from "../domain/store.ts";
import { accountRows } from "./account-rows.ts";
import { idempotencyRows } from "./idempotency-rows.ts";
import { eventRows, writeEvents } from "./outbox.ts";
import { partnerRows } from "./partner-rows.ts";
import { revocationRows } from "./revocation-rows.ts";
import type { IdentitySchema } from "./schema.ts";
import { secretRows } from "./secret-rows.ts";
import { auditRows, guardRows, refreshTokenRows } from "./sign-in-rows.ts";
import { signingKeyRows } from "./signing-key-rows.ts";
import { tokenRows } from "./token-rows.ts";

/** The wake channel of revocations: a hint that there are new ones. */
export const revocationsChannel = "identity/revocations";

/** Transactions that hold it come one after the other: they would conflict on the sequences that they take numbers of. */
const changeLock = "identity/changes";

/** The store of the domain in a database that has the tables of `migrations/`. */
export function createIdentityStore(db: Database<IdentitySchema>, ids: Ids): IdentityStore {
  const write = async <T>(work: (tx: IdentityTx) => Promise<T>, lock?: string): Promise<T> => {
    const run = async (tx: Transaction<IdentitySchema>): Promise<{ result: T; revoked: boolean }> => {
      // All that is collected belongs to one attempt: the database may run another.
      const events: DomainEvent[] = [];
      const revocations = revocationRows(tx);
      const audit = auditRows(tx, ids);
      const result = await work({
        partners: partnerRows(tx),
        accounts: accountRows(tx),
        secrets: secretRows(tx),
        tokens: tokenRows(tx),
        keys: signingKeyRows(tx),
        guard: guardRows(tx),
        refreshTokens: refreshTokenRows(tx),
        audit,
        revocations,
        idempotency: idempotencyRows(tx),
        events: eventRows(tx),
        emit: (event) => void events.push(event),
      });
      for (const event of events) {
        await audit.append(auditEntryOf(event));
      }
      await writeEvents(tx, ids, events);
      const { added } = await revocations.flush();
      return { result, revoked: added > 0 };
    };
    const { result, revoked } = await db.write(run, lock === undefined ? {} : { lock });
    if (revoked) {
      db.wake(revocationsChannel);
    }
    return result;
  };
  return {
    read: (work) =>
      db.read((tx) =>
        work({
          partners: partnerRows(tx),
          accounts: accountRows(tx),
          secrets: secretRows(tx),
          tokens: tokenRows(tx),
          keys: signingKeyRows(tx),
          guard: guardRows(tx),
          revocations: revocationRows(tx),
        }),
      ),
    write: (work) => write(work),
    change: (work) => write(work, changeLock),
  };
}
