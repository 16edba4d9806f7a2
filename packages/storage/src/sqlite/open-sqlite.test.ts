import { expect, test } from "vitest";
import { openDatabase } from "../index.ts";

test("sqlite::memory: writes and reads", async () => {
  const db = await openDatabase<{ note: { id: number; text: string; body: Uint8Array | null } }>({
    url: "sqlite::memory:",
    migrations: [
      {
        name: "0001_note",
        statements: (t) => [
          t.table("note", `id ${t.integer} primary key, text ${t.text} not null, body ${t.bytes}`),
        ],
      },
    ],
  });
  await db.write((tx) =>
    tx
      .insertInto("note")
      .values({ id: 1, text: "a", body: new Uint8Array([1]) })
      .execute(),
  );
  expect(await db.read((tx) => tx.selectFrom("note").selectAll().execute())).toEqual([
    { id: 1, text: "a", body: new Uint8Array([1]) },
  ]);
  await db.close();
});
