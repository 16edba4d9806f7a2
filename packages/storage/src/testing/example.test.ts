import type { Migration } from "@partner/storage";
import { eachStore } from "@partner/storage/testing";
import { expect, test } from "vitest";

interface Schema {
  book: { book_id: string; title: string; create_time: number };
  event: { event_id: string; kind: string; payload: Uint8Array };
}

const migrations: Migration[] = [
  {
    name: "0001_books",
    statements: (t) => [
      t.table(
        "book",
        `book_id ${t.text} primary key, title ${t.text} not null, create_time ${t.integer} not null`,
      ),
      t.table(
        "event",
        `event_id ${t.text} primary key, kind ${t.text} not null, payload ${t.bytes} not null`,
      ),
    ],
  },
];

// Once on SQLite, once on a real PostgreSQL.
eachStore("books", (store) => {
  test("a book and its event are written together", async () => {
    const db = await store.open<Schema>({ migrations });
    const event = { event_id: "e1", kind: "book_created", payload: new Uint8Array() };
    await db.write(async (tx) => {
      await tx.insertInto("book").values({ book_id: "b1", title: "Emma", create_time: 0 }).execute();
      await tx.insertInto("event").values(event).execute();
    });
    db.wake("books");
    expect(await db.readOne((tx) => tx.selectFrom("event").selectAll().execute())).toEqual([event]);
  });
});
