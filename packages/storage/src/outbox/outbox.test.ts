import { expect, test } from "vitest";
import {
  appendToOutbox,
  type Migration,
  type OutboxEvent,
  type OutboxSchema,
  outboxTables,
  pruneOutbox,
  readOutbox,
} from "../index.ts";
import { eachStore } from "../testing/index.ts";

const migrations: Migration[] = [{ name: "0001_outbox", statements: outboxTables }];

const event = (id: string, occurTime = 0): OutboxEvent => ({
  eventId: id,
  kind: "made",
  payload: new TextEncoder().encode(id),
  occurTime,
});

eachStore("an outbox", (store) => {
  test("numbers the events of each stream from 1, without gaps, also after a transaction that was rolled back", async () => {
    const db = await store.open<OutboxSchema>({ migrations });
    expect(await db.write((tx) => appendToOutbox(tx, "a", [event("1"), event("2")]))).toEqual([1, 2]);
    const failing = db.write(async (tx) => {
      await appendToOutbox(tx, "a", [event("lost")]);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await db.write((tx) => appendToOutbox(tx, "a", [event("3")]))).toEqual([3]);
    expect(await db.write((tx) => appendToOutbox(tx, "b", [event("4")]))).toEqual([1]);
    expect(await db.write((tx) => appendToOutbox(tx, "b", []))).toEqual([]);
    expect(await db.read((tx) => readOutbox(tx, "a", 1, 10))).toEqual({
      kind: "events",
      events: [
        { ...event("2"), position: 2 },
        { ...event("3"), position: 3 },
      ],
    });
    expect(await db.read((tx) => readOutbox(tx, "a", 3, 10))).toEqual({ kind: "events", events: [] });
  });

  test("a reader that follows while 4 writers on 2 replicas append misses nothing and repeats nothing", async () => {
    const url = await store.url();
    const replicas = [
      await store.open<OutboxSchema>({ url, migrations }),
      await store.open<OutboxSchema>({ url, migrations }),
    ];
    let writing = 4;
    const write = async (writer: number): Promise<void> => {
      for (let index = 0; index < 15; index++) {
        const events = [event(`${writer}.${index}.a`), event(`${writer}.${index}.b`)];
        await replicas[writer % 2]?.write((tx) => appendToOutbox(tx, "s", events), { lock: "s" });
      }
      writing--;
    };
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      for (let after = 0; ; ) {
        // SQLite answers without leaving the turn: writers that wait for a timer need one.
        await new Promise((resolve) => setImmediate(resolve));
        const done = writing === 0;
        const page = await replicas[0]?.read((tx) => readOutbox(tx, "s", after, 7));
        if (page?.kind !== "events") {
          throw new Error("a gap");
        }
        for (const { position, eventId } of page.events) {
          expect(position).toBe(after + 1);
          after = position;
          seen.push(eventId);
        }
        if (done && page.events.length === 0) {
          return;
        }
      }
    };
    await Promise.all([follow(), write(0), write(1), write(2), write(3)]);
    expect(new Set(seen).size).toBe(120);
    expect(seen).toHaveLength(120);
  });

  test.each([
    ["before the removed ones", 0, "pruned"],
    ["at the last removed one", 2, "events"],
    ["at the end", 3, "events"],
    ["of another stream", 9, "pruned"],
  ])("after pruning, a position %s (%i): %s", async (_, after, kind) => {
    const db = await store.open<OutboxSchema>({ migrations });
    await db.write((tx) => appendToOutbox(tx, "a", [event("1", 10), event("2", 20), event("3", 30)]));
    expect(await db.write((tx) => pruneOutbox(tx, 30))).toBe(2);
    expect(await db.read((tx) => readOutbox(tx, "a", after, 10))).toMatchObject({ kind });
  });
});
