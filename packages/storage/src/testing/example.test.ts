import {
  appendToOutbox,
  type Migration,
  type OutboxSchema,
  outboxTables,
  readOutbox,
} from "@partner/storage";
import { eachStore } from "@partner/storage/testing";
import { expect, test } from "vitest";

interface Schema extends OutboxSchema {
  book: { book_id: string; title: string; create_time: number };
}

const migrations: Migration[] = [
  {
    name: "0001_books",
    statements: (t) => [
      t.table(
        "book",
        `book_id ${t.text} primary key, title ${t.text} not null, create_time ${t.integer} not null`,
      ),
      ...outboxTables(t),
    ],
  },
];

// Once on SQLite, once on a real PostgreSQL.
eachStore("books", (store) => {
  test("a book and its event are written together", async () => {
    const db = await store.open<Schema>({ migrations });
    await db.write(async (tx) => {
      await tx.insertInto("book").values({ book_id: "b1", title: "Emma", create_time: 0 }).execute();
      const event = { eventId: "e1", kind: "book_created", payload: new Uint8Array(), occurTime: 0 };
      await appendToOutbox(tx, "books", [event]);
    });
    db.wake("books");
    expect(await db.read((tx) => readOutbox(tx, "books", 0, 100))).toMatchObject({ kind: "events" });
  });
});
