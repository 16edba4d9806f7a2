import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Database, type OpenOptions, openDatabase, type StorageEvent } from "../index.ts";
import { findPostgresPrograms, type PostgresCluster, startPostgresCluster } from "../testing/index.ts";
import { type Notes, notes } from "../testing/notes.testdata.ts";

const isNeeded = findPostgresPrograms() !== undefined || process.env.WIREHOUSE_TEST_POSTGRES === "require";

describe.skipIf(!isNeeded)("a PostgreSQL that fails", () => {
  let cluster: PostgresCluster;
  let count = 0;
  const open: Database<Notes>[] = [];
  beforeAll(async () => {
    cluster = await startPostgresCluster();
  });
  afterAll(() => cluster.stop());
  afterEach(() => Promise.all(open.splice(0).map((db) => db.close())));

  const start = async (options: Partial<OpenOptions> = {}) => {
    const url = await cluster.createDatabase(`fault_${count++}`);
    const db = await openDatabase<Notes>({ url, migrations: notes, ...options });
    open.push(db);
    return db;
  };
  const insert = (db: Database<Notes>, id: number) =>
    db.write((tx) =>
      tx
        .insertInto("note")
        .values({ id, partner: "p", name: `${id}`, at: 0, body: null })
        .execute(),
    );
  const ids = (db: Database<Notes>) =>
    db.read(async (tx) =>
      (await tx.selectFrom("note").select("id").orderBy("id").execute()).map(({ id }) => id),
    );

  test("killed in the middle of a write: unavailable, nothing written; when it is back, the same pool works", async () => {
    const events: StorageEvent[] = [];
    const db = await start({ onEvent: (event) => events.push(event) });
    await insert(db, 1);
    const listening = Promise.withResolvers<void>();
    const restored = Promise.withResolvers<void>();
    let wakes = 0;
    db.onWake("notes", () => (++wakes === 1 ? listening.resolve() : restored.resolve()));
    await listening.promise;
    const writing = db.write(async (tx) => {
      await tx.insertInto("note").values({ id: 2, partner: "p", name: "2", at: 0, body: null }).execute();
      await cluster.kill("SIGKILL");
      await tx.selectFrom("note").selectAll().execute();
    });
    await expect(writing).rejects.toMatchObject({ code: "unavailable" });
    await expect(db.ping()).rejects.toMatchObject({ code: "unavailable" });
    await cluster.start();
    await db.ping();
    expect(await ids(db)).toEqual([1]);
    // A wake may have been missed meanwhile, so everybody is woken.
    await restored.promise;
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["listen_lost", "listen_restored"]),
    );
  });

  test("restarted under load: what was acknowledged is there, what was refused is not", async () => {
    const db = await start();
    const acknowledged: number[] = [];
    const refused: number[] = [];
    let next = 0;
    let stopped = false;
    const client = async (): Promise<void> => {
      while (!stopped) {
        const id = next++;
        const outcome = await insert(db, id).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: expect.stringMatching(/^(unavailable|commit_unknown)$/) });
          if ("code" in outcome && outcome.code === "unavailable") {
            refused.push(id);
          }
          await new Promise((resolve) => setImmediate(resolve));
        } else {
          acknowledged.push(id);
        }
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 30);
      await cluster.kill(signal);
      await cluster.start();
    }
    const after = acknowledged.length;
    await until(() => acknowledged.length > after + 30);
    stopped = true;
    await clients;
    const there = new Set(await ids(db));
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    expect(refused.filter((id) => there.has(id))).toEqual([]);
  });

  test("killed during the commit: commit_unknown", async () => {
    const db = await start();
    await db.write(async (tx) => {
      await sql`create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end'`.execute(
        tx,
      );
      await sql`create constraint trigger slow after insert on note deferrable initially deferred for each row execute function wait()`.execute(
        tx,
      );
    });
    const writing = insert(db, 1).catch((error: unknown) => error);
    const other = await openDatabase<Notes>({ url: cluster.url(`fault_${count - 1}`), migrations: notes });
    open.push(other);
    const isCommitting = () =>
      other.readOne((tx) =>
        sql`select 1 from pg_stat_activity where query = 'commit' and wait_event = 'PgSleep'`.execute(tx),
      );
    while ((await isCommitting()).rows.length === 0) {
      // It takes as long as it takes.
    }
    await cluster.kill("SIGKILL");
    expect(await writing).toMatchObject({ code: "commit_unknown" });
    await cluster.start();
    expect(await ids(db)).toEqual([]);
  });

  test("a statement that runs too long: timeout, and the connection is good afterwards", async () => {
    const db = await start({ statementTimeoutMs: 50, poolSize: 1 });
    await expect(db.readOne((tx) => sql`select pg_sleep(60)`.execute(tx))).rejects.toMatchObject({
      code: "timeout",
    });
    await insert(db, 1);
  });

  test("no connection free in time: unavailable", async () => {
    const db = await start({ poolSize: 1, connectTimeoutMs: 50 });
    const held = Promise.withResolvers<void>();
    const holding = db.write(() => held.promise);
    await expect(db.ping()).rejects.toMatchObject({ code: "unavailable" });
    held.resolve();
    await holding;
    await db.ping();
  });

  test.each([
    ["no such database", (url: string) => url.replace("/postgres?", "/nowhere?")],
    ["no such server", (url: string) => url.replace(/host=[^&]*/, "host=%2Fnowhere")],
  ])("%s: unavailable when it is opened", async (_, change) => {
    const opening = openDatabase({ url: change(cluster.url("postgres")), migrations: notes });
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
  });
});
