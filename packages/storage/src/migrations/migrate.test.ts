import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Migration, StorageEvent } from "../index.ts";
import { eachStore } from "../testing/index.ts";

const step = (name: string, ...statements: string[]): Migration => ({ name, statements: () => statements });
const a = step("0001_a", "create table a (x integer)");
const b = step("0002_b", "create table b (x integer)");
const c = step("0003_c", "create table c (x integer)");

eachStore("migrations", (store) => {
  test("only what is missing is applied", async () => {
    const url = await store.url();
    const applied: string[] = [];
    const onEvent = (event: StorageEvent) => event.kind === "migrated" && applied.push(event.migration);
    for (const migrations of [[a], [a, b, c], [a, b, c]]) {
      await (await store.open({ url, migrations, onEvent })).close();
    }
    expect(applied).toEqual(["0001_a", "0002_b", "0003_c"]);
  });

  test.each([
    ["a newer program migrated it", [a, b], [a], { reason: "newer", migration: "0002_b" }],
    [
      "one was changed",
      [a],
      [step("0001_a", "create table a (y integer)")],
      { reason: "changed", migration: "0001_a" },
    ],
    ["one comes before those applied", [a, c], [a, b, c], { reason: "gap", migration: "0002_b" }],
  ])("refuses to start when %s", async (_, first, second, error) => {
    const url = await store.url();
    await (await store.open({ url, migrations: first })).close();
    await expect(store.open({ url, migrations: second })).rejects.toMatchObject({
      code: "migration_mismatch",
      ...error,
    });
  });

  test("only white space may change", async () => {
    const url = await store.url();
    await (await store.open({ url, migrations: [a] })).close();
    await store.open({ url, migrations: [step("0001_a", " create  table a\n (x integer) ")] });
  });

  test("one that fails leaves nothing of itself, and what came before stays", async () => {
    const url = await store.url();
    const broken = step("0002_b", "create table b (x integer)", "insert into nowhere values (1)");
    const opening = store.open({ url, migrations: [a, broken] });
    await expect(opening).rejects.toMatchObject({ code: "migration_failed", migration: "0002_b" });
    const db = await store.open<{ a: { x: number } }>({ url, migrations: [a, b] });
    expect(await db.read((tx) => tx.selectFrom("a").selectAll().execute())).toEqual([]);
  });

  test("four replicas that start at once apply each once", async () => {
    const url = await store.url();
    const migrations = [a, step("0002_row", "insert into a values (1)"), c];
    const replicas = await Promise.all(
      Array.from({ length: 4 }, () => store.open<{ a: { x: number } }>({ url, migrations })),
    );
    expect(await replicas[0]?.read((tx) => tx.selectFrom("a").selectAll().execute())).toEqual([{ x: 1 }]);
  });

  test.each([
    ["1_a", "0002_b"],
    ["0002_b", "0001_a"],
    ["0001_a", "0001_b"],
  ])("refuses the names %s, %s", async (...names) => {
    const migrations = names.map((name) => step(name, "select 1"));
    await expect(store.open({ migrations })).rejects.toMatchObject({ code: "invalid_options" });
  });

  test("are recorded with the time", async () => {
    const db = await store.open({ migrations: [a], now: () => 42 });
    const rows = await db.readOne((tx) =>
      sql<{ apply_time: number }>`select apply_time from schema_migrations`.execute(tx),
    );
    expect(rows.rows).toEqual([{ apply_time: 42 }]);
  });
});
