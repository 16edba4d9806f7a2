import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../index.ts";
import { type Notes, notes } from "../testing/notes.testdata.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wirehouse-fault-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const note = (id: number, body: Uint8Array) => ({ id, partner: "p", name: String(id), at: 0, body });

test("a full disk: nothing of the transaction is written, and when there is room again it goes on", async () => {
  const db = await openDatabase<Notes>({ url: `sqlite:${join(folder, "a.db")}`, migrations: notes });
  await db.write((tx) =>
    tx
      .insertInto("note")
      .values(note(1, new Uint8Array(10)))
      .execute(),
  );
  // SQLite reports its own limit as it does the disk's.
  await db.write((tx) => sql`pragma max_page_count = 20`.execute(tx));
  const writing = db.write(async (tx) => {
    await tx
      .insertInto("note")
      .values(note(2, new Uint8Array(10)))
      .execute();
    await tx
      .insertInto("note")
      .values(note(3, new Uint8Array(1_000_000)))
      .execute();
  });
  await expect(writing).rejects.toMatchObject({ code: "full" });
  await db.write((tx) => sql`pragma max_page_count = 100000`.execute(tx));
  await db.write((tx) =>
    tx
      .insertInto("note")
      .values(note(4, new Uint8Array(1_000_000)))
      .execute(),
  );
  const ids = await db.read((tx) => tx.selectFrom("note").select("id").orderBy("id").execute());
  expect(ids).toEqual([{ id: 1 }, { id: 4 }]);
  await db.close();
});

test("a file that is no database: corrupt", async () => {
  const file = join(folder, "a.db");
  writeFileSync(
    file,
    "this is a text file, and has been one for as long as anybody can remember\n".repeat(100),
  );
  await expect(openDatabase({ url: `sqlite:${file}`, migrations: notes })).rejects.toMatchObject({
    code: "corrupt",
  });
});

test("a folder that is not there: unavailable", async () => {
  const opening = openDatabase({ url: `sqlite:${join(folder, "nowhere", "a.db")}`, migrations: notes });
  await expect(opening).rejects.toMatchObject({ code: "unavailable" });
});

test("acknowledged means on the disk: WAL, and synchronous is FULL", async () => {
  const db = await openDatabase({ url: `sqlite:${join(folder, "a.db")}`, migrations: notes });
  const pragmas = await db.write(async (tx) => [
    (await sql`pragma journal_mode`.execute(tx)).rows[0],
    (await sql`pragma synchronous`.execute(tx)).rows[0],
    (await sql`pragma foreign_keys`.execute(tx)).rows[0],
  ]);
  expect(pragmas).toEqual([{ journal_mode: "wal" }, { synchronous: 2 }, { foreign_keys: 1 }]);
  await db.close();
});

test("in memory: reads, writes and the refusal to write in a read", async () => {
  const db = await openDatabase<Notes>({ url: "sqlite::memory:", migrations: notes });
  await db.write((tx) =>
    tx
      .insertInto("note")
      .values(note(1, new Uint8Array(1)))
      .execute(),
  );
  const writing = db.read((tx) =>
    tx
      .insertInto("note")
      .values(note(2, new Uint8Array(1)))
      .execute(),
  );
  await expect(writing).rejects.toMatchObject({ code: "read_only" });
  await db.write((tx) =>
    tx
      .insertInto("note")
      .values(note(3, new Uint8Array(1)))
      .execute(),
  );
  expect(await db.readOne((tx) => tx.selectFrom("note").select("id").execute())).toEqual([
    { id: 1 },
    { id: 3 },
  ]);
  await db.close();
});
