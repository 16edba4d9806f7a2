import { type Kysely, sql, type Transaction } from "kysely";
import type { SqlTypes } from "../migrations/migration.ts";

/** The tables of the outbox, for the `Schema` of a database that has one. */
export interface OutboxSchema {
  outbox_event: {
    stream: string;
    position: number;
    event_id: string;
    kind: string;
    payload: Uint8Array;
    occur_time: number;
  };
  outbox_stream: { stream: string; last_position: number };
}

/** What is written with a change, to be told to others later. */
export interface OutboxEvent {
  /** The id of the event: the same in every delivery. */
  eventId: string;
  /** What kind of event it is; for readers that pick. */
  kind: string;
  /** The event itself. */
  payload: Uint8Array;
  /** When it happened, in milliseconds since 1970. */
  occurTime: number;
}

/** An event that was written. */
export interface StoredEvent extends OutboxEvent {
  /** Its place in the stream: 1, 2, 3 and so on, without gaps, in the order in which the events became visible. */
  position: number;
}

/** What `readOutbox` found. */
export type OutboxPage =
  /** The next events in order; none: the reader has caught up. */
  | { kind: "events"; events: StoredEvent[] }
  /** Events after the position were removed (`pruneOutbox`), or it is not one of this stream: start anew from the state. */
  | { kind: "pruned" };

/** The statements that make the tables, for a migration of the database's own. Never changes; a new form gets a new name. */
export function outboxTables(t: SqlTypes): string[] {
  return [
    t.table("outbox_stream", `stream ${t.text} primary key, last_position ${t.integer} not null`),
    t.table(
      "outbox_event",
      `stream ${t.text} not null, position ${t.integer} not null, event_id ${t.text} not null unique,
       kind ${t.text} not null, payload ${t.bytes} not null, occur_time ${t.integer} not null,
       primary key (stream, position)`,
    ),
    "create index outbox_event_by_time on outbox_event (occur_time)",
  ];
}

/**
 * Writes events in the transaction of the change that they tell of. Answers with their positions.
 *
 * The stream's row is locked from here to the commit, which is what makes positions appear in order. So append last, and if
 * many write to one stream, give `write` the option `lock` with its name.
 */
export async function appendToOutbox<Schema extends OutboxSchema>(
  transaction: Transaction<Schema>,
  stream: string,
  events: readonly OutboxEvent[],
): Promise<number[]> {
  if (events.length === 0) {
    return [];
  }
  const tx = transaction as unknown as Transaction<OutboxSchema>;
  const { last_position: last } = await tx
    .insertInto("outbox_stream")
    .values({ stream, last_position: events.length })
    .onConflict((conflict) =>
      conflict
        .column("stream")
        .doUpdateSet({ last_position: sql`outbox_stream.last_position + ${sql.lit(events.length)}` }),
    )
    .returning("last_position")
    .executeTakeFirstOrThrow();
  const first = last - events.length + 1;
  await tx
    .insertInto("outbox_event")
    .values(
      events.map((event, index) => ({
        stream,
        position: first + index,
        event_id: event.eventId,
        kind: event.kind,
        payload: event.payload,
        occur_time: event.occurTime,
      })),
    )
    .execute();
  return events.map((_, index) => first + index);
}

/** Reads at most `limit` events of a stream after a position; 0 is its beginning. Both in one `read`. */
export async function readOutbox<Schema extends OutboxSchema>(
  transaction: Kysely<Schema>,
  stream: string,
  after: number,
  limit: number,
): Promise<OutboxPage> {
  const tx = transaction as unknown as Kysely<OutboxSchema>;
  const rows = await tx
    .selectFrom("outbox_event")
    .selectAll()
    .where("stream", "=", stream)
    .where("position", ">", after)
    .orderBy("position")
    .limit(limit)
    .execute();
  const first = rows[0];
  if (
    first === undefined ? (await lastPosition(transaction, stream)) !== after : first.position !== after + 1
  ) {
    return { kind: "pruned" };
  }
  return {
    kind: "events",
    events: rows.map((row) => ({
      position: row.position,
      eventId: row.event_id,
      kind: row.kind,
      payload: row.payload,
      occurTime: row.occur_time,
    })),
  };
}

/** The position of the last event that was written to a stream; 0 if none was. */
export async function lastPosition<Schema extends OutboxSchema>(
  transaction: Kysely<Schema>,
  stream: string,
): Promise<number> {
  const tx = transaction as unknown as Kysely<OutboxSchema>;
  const row = await tx
    .selectFrom("outbox_stream")
    .select("last_position")
    .where("stream", "=", stream)
    .executeTakeFirst();
  return row?.last_position ?? 0;
}

/** Removes events that happened before a time, in milliseconds since 1970. Answers with how many. */
export async function pruneOutbox<Schema extends OutboxSchema>(
  transaction: Transaction<Schema>,
  before: number,
): Promise<number> {
  const tx = transaction as unknown as Transaction<OutboxSchema>;
  const { numDeletedRows } = await tx
    .deleteFrom("outbox_event")
    .where("occur_time", "<", before)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
