import { AsyncLocalStorage } from "node:async_hooks";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { isTransient, isUniqueViolation, openDatabase, type StorageEvent } from "./index.ts";
import { eachStore } from "./testing/index.ts";
import { type Notes, notes } from "./testing/notes.testdata.ts";

/** Runs outside the asynchronous context of a transaction, as another request would. */
const outside = AsyncLocalStorage.snapshot();

const row = (id: number, name = `n${id}`): Notes["note"] => ({
  id,
  partner: "p",
  name,
  at: 1_900_000_000_123,
  body: null,
});

eachStore("a database", (store) => {
  test("gives back integers, text and bytes as they were", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const written = { ...row(9_007_199_254_740_991, "grün 🦊"), body: new Uint8Array([0, 255, 7]) };
    await db.write((tx) => tx.insertInto("note").values(written).execute());
    const [read] = await db.read((tx) => tx.selectFrom("note").selectAll().execute());
    expect(read).toEqual(written);
    expect(read?.body?.constructor).toBe(Uint8Array);
    const counted = await db.readOne((kysely) =>
      kysely
        .selectFrom("note")
        .select((e) => e.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow(),
    );
    expect(counted.n).toBe(1);
  });

  test("refuses an integer that a number cannot hold", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const reading = db.readOne((kysely) => sql`select cast(9007199254740993 as bigint) as n`.execute(kysely));
    await expect(reading).rejects.toMatchObject({ code: "integer_out_of_range" });
  });

  test.each([[true], [new Date(0)], [undefined]])("refuses %s as a parameter", async (value) => {
    const db = await store.open<Notes>({ migrations: notes });
    await expect(db.readOne((kysely) => sql`select ${value} as x`.execute(kysely))).rejects.toThrow(
      TypeError,
    );
  });

  test("orders text by its bytes", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const names = ["b", "a", "B", "ä", "_", "a-b", "ab"];
    await db.write((tx) =>
      tx
        .insertInto("note")
        .values(names.map((name, id) => row(id, name)))
        .execute(),
    );
    const read = await db.read((tx) => tx.selectFrom("note").select("name").orderBy("name").execute());
    expect(read.map(({ name }) => name)).toEqual(["B", "_", "a", "a-b", "ab", "b", "ä"]);
  });

  test("rolls back what the function throws, and passes it through", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const failure = new Error("no");
    const writing = db.write(async (tx) => {
      await tx.insertInto("note").values(row(1)).execute();
      throw failure;
    });
    await expect(writing).rejects.toBe(failure);
    expect(await db.read((tx) => tx.selectFrom("note").selectAll().execute())).toEqual([]);
  });

  test("a read sees one point in time", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const count = async (kysely: Parameters<Parameters<typeof db.read>[0]>[0]): Promise<number> =>
      (await kysely.selectFrom("note").selectAll().execute()).length;
    const seen = await db.read(async (tx) => {
      const before = await count(tx);
      await openDatabaseAndWrite();
      return [before, await count(tx)];
    });
    async function openDatabaseAndWrite(): Promise<void> {
      // Not inside the read's own asynchronous context, where a write would be refused.
      await outside(() => db.write((tx) => tx.insertInto("note").values(row(1)).execute()));
    }
    expect(seen).toEqual([0, 0]);
    expect(await db.readOne(count)).toBe(1);
  });

  test("refuses to write in a read", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    await expect(db.read((tx) => tx.insertInto("note").values(row(1)).execute())).rejects.toMatchObject({
      code: "read_only",
    });
    await db.write((tx) => tx.insertInto("note").values(row(1)).execute());
  });

  test("refuses a transaction inside another", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    await expect(db.write(() => db.write(async () => 1))).rejects.toMatchObject({ code: "nested" });
    await expect(db.read(() => db.readOne(async () => 1))).rejects.toMatchObject({ code: "nested" });
  });

  test("two connections that count up lose nothing", async () => {
    const url = await store.url();
    const events: StorageEvent[] = [];
    const open = () => store.open<Notes>({ url, migrations: notes, onEvent: (event) => events.push(event) });
    const replicas = [await open(), await open()];
    const increment = (index: number) =>
      replicas[index % 2]?.write(async (tx) => {
        const { value } = await tx
          .selectFrom("counter")
          .select("value")
          .where("name", "=", "a")
          .executeTakeFirstOrThrow();
        await tx
          .updateTable("counter")
          .set({ value: value + 1 })
          .where("name", "=", "a")
          .execute();
      });
    await Promise.all(Array.from({ length: 16 }, (_, index) => increment(index)));
    const [counter] =
      (await replicas[0]?.read((tx) => tx.selectFrom("counter").selectAll().orderBy("name").execute())) ?? [];
    expect(counter?.value).toBe(16);
    expect(events.filter(({ kind }) => kind === "migrated")).toHaveLength(2);
  });

  test("writers of one lock wait and never come in between each other", async () => {
    const url = await store.url();
    const retries: StorageEvent[] = [];
    const open = () =>
      store.open<Notes>({
        url,
        migrations: notes,
        poolSize: 4,
        onEvent: (event) => event.kind === "retry" && retries.push(event),
      });
    const replicas = [await open(), await open()];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        replicas[index % 2]?.write(
          (tx) =>
            tx
              .updateTable("counter")
              .set((e) => ({ value: e("value", "+", 1) }))
              .where("name", "=", "a")
              .execute(),
          { lock: "a" },
        ),
      ),
    );
    const [counter] =
      (await replicas[0]?.read((tx) => tx.selectFrom("counter").selectAll().orderBy("name").execute())) ?? [];
    expect(counter?.value).toBe(60);
    if (store.dialect === "postgres") {
      expect(retries).toEqual([]);
    }
  });

  test("write skew cannot happen: of two that each read what the other writes, one runs again", async () => {
    const url = await store.url();
    const [first, second] = [
      await store.open<Notes>({ url, migrations: notes }),
      await store.open<Notes>({ url, migrations: notes }),
    ];
    const take = (db: typeof first, name: string) =>
      db.write(async (tx) => {
        const taken = await tx.selectFrom("counter").select("value").where("value", ">", 0).execute();
        if (taken.length === 0) {
          await tx.updateTable("counter").set({ value: 1 }).where("name", "=", name).execute();
        }
      });
    await Promise.all([take(first, "a"), take(second, "b")]);
    const taken = await first.read((tx) =>
      tx.selectFrom("counter").selectAll().where("value", ">", 0).execute(),
    );
    expect(taken).toHaveLength(1);
  });

  test("gives up after maxAttempts with conflict, and the pauses grow", async () => {
    const url = await store.url();
    const waits: number[] = [];
    const options = {
      url,
      migrations: notes,
      maxAttempts: 4,
      random: () => 1,
      sleep: async (ms: number) => void waits.push(ms),
    };
    const db = await store.open<Notes>(options);
    const other = await store.open<Notes>({ url, migrations: notes });
    const bump = (of: typeof db) =>
      of.write((tx) =>
        tx
          .updateTable("counter")
          .set((e) => ({ value: e("value", "+", 1) }))
          .where("name", "=", "a")
          .execute(),
      );
    const blocked =
      store.dialect === "postgres"
        ? db.write(async (tx) => {
            await tx.selectFrom("counter").selectAll().execute();
            await outside(() => bump(other));
            await tx.updateTable("counter").set({ value: -1 }).where("name", "=", "a").execute();
          })
        : other.write(() => outside(() => bump(db)));
    await expect(blocked).rejects.toMatchObject({ code: "conflict" });
    expect(waits).toEqual([4, 8, 16]);
    expect(isTransient(await blocked.catch((error: unknown) => error))).toBe(true);
  });

  test.each([
    ["note.partner,name", true],
    ["note.partner, name", true],
    ["note.id", false],
    [undefined, true],
  ])("a unique violation is found by its columns: %s, %s", async (columns, found) => {
    const db = await store.open<Notes>({ migrations: notes });
    await db.write((tx) => tx.insertInto("note").values(row(1, "same")).execute());
    const error = await db
      .write((tx) => tx.insertInto("note").values(row(2, "same")).execute())
      .catch((e: unknown) => e);
    expect(isUniqueViolation(error, columns)).toBe(found);
    expect(isUniqueViolation(new Error("wrapped", { cause: error }), columns)).toBe(found);
    expect(isUniqueViolation(new Error("other"))).toBe(false);
  });

  test("close waits for what is under way, and refuses what comes later", async () => {
    const db = await store.open<Notes>({ migrations: notes });
    const writing = db.write((tx) => tx.insertInto("note").values(row(1)).execute());
    const closing = db.close();
    await expect(db.ping()).rejects.toMatchObject({ code: "closed" });
    await Promise.all([writing, closing, db.close()]);
  });

  test("a wake reaches this replica, and on postgres the others", async () => {
    const url = await store.url();
    const [here, there] = [
      await store.open<Notes>({ url, migrations: notes }),
      await store.open<Notes>({ url, migrations: notes }),
    ];
    await here.ping();
    const woken = Promise.withResolvers<void>();
    const stop = here.onWake("notes", () => woken.resolve());
    if (store.dialect === "postgres") {
      const far = Promise.withResolvers<void>();
      // The first one says only that listening began, the second is the wake.
      let calls = 0;
      const listening = Promise.withResolvers<void>();
      there.onWake("notes", () => (++calls === 1 ? listening.resolve() : far.resolve()));
      await listening.promise;
      here.wake("notes");
      await far.promise;
    } else {
      here.wake("notes");
    }
    await woken.promise;
    stop();
  });
});

test.each([["mysql://x"], ["sqlite:"], ["sqlite://x.db"], ["postgres:"]])(
  "refuses the URL %s",
  async (url) => {
    await expect(openDatabase({ url, migrations: [] })).rejects.toMatchObject({ code: "invalid_options" });
  },
);
