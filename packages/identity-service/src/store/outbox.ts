import { toBinary } from "@bufbuild/protobuf";
import { IdentityEventSchema } from "@partner/identity/v1";
import type { Kysely } from "kysely";
import type { DomainEvent } from "../domain/events.ts";
import type { Ids } from "../domain/ports.ts";
import type { EventRows } from "../domain/store.ts";
import { toIdentityEvent } from "../wire/event.ts";
import { inChunks } from "./in-chunks.ts";
import type { EventsTable, IdentitySchema } from "./schema.ts";
import { takeNumbers } from "./sequences.ts";

/** Writes events into the outbox, each with its place in the order of its partner. The last thing of a transaction. */
export async function writeEvents(
  db: Kysely<IdentitySchema>,
  ids: Ids,
  events: readonly DomainEvent[],
): Promise<void> {
  const byPartner = Map.groupBy(events, ({ partnerId }) => partnerId);
  const rows: EventsTable[] = [];
  // Sorted: two transactions that lock the same sequences lock them in the same order.
  for (const partnerId of [...byPartner.keys()].sort()) {
    const ofPartner = byPartner.get(partnerId) ?? [];
    const first = await takeNumbers(db, `events/${partnerId}`, ofPartner.length);
    for (const [index, event] of ofPartner.entries()) {
      const eventId = ids.uuid();
      const sequence = first + index;
      const payload = toBinary(IdentityEventSchema, toIdentityEvent(event, eventId, sequence));
      rows.push({ partner_id: partnerId, sequence, event_id: eventId, occur_time: event.at, payload });
    }
  }
  await inChunks(rows, (chunk) => db.insertInto("events").values(chunk).execute());
}

export function eventRows(db: Kysely<IdentitySchema>): EventRows {
  return {
    async deleteOldest(before, limit) {
      const oldest = db
        .selectFrom("events")
        .select("event_id")
        .where("occur_time", "<", before)
        .orderBy("occur_time")
        .limit(limit);
      const { numDeletedRows } = await db
        .deleteFrom("events")
        .where("event_id", "in", oldest)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
