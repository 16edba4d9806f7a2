import { expect, test } from "vitest";
import {
  type IdempotencySchema,
  idempotencyPeriodMs,
  idempotencyTables,
  idempotent,
  type Migration,
  pruneIdempotencyKeys,
} from "../index.ts";
import { eachStore } from "../testing/index.ts";

const migrations: Migration[] = [{ name: "0001_keys", statements: idempotencyTables }];
const request = { scope: "CreatePartner/p1", key: "k", digest: "d", now: 1000 };

eachStore("an idempotent request", (store) => {
  test.each([
    ["the same", {}, { kind: "repeat", response: "1" }],
    ["another digest", { digest: "e" }, { kind: "mismatch" }],
    ["another scope", { scope: "CreatePartner/p2" }, { kind: "first", response: "2" }],
    ["another key", { key: "l" }, { kind: "first", response: "2" }],
    ["just before 24 hours", { now: 999 + idempotencyPeriodMs }, { kind: "repeat", response: "1" }],
    ["after 24 hours", { now: 1000 + idempotencyPeriodMs }, { kind: "first", response: "2" }],
  ])("then %s", async (_, change, outcome) => {
    const db = await store.open<IdempotencySchema>({ migrations });
    expect(await db.write((tx) => idempotent(tx, request, async () => "1"))).toEqual({
      kind: "first",
      response: "1",
    });
    expect(await db.write((tx) => idempotent(tx, { ...request, ...change }, async () => "2"))).toEqual(
      outcome,
    );
  });

  test("one that failed is run again", async () => {
    const db = await store.open<IdempotencySchema>({ migrations });
    const failing = db.write((tx) => idempotent(tx, request, () => Promise.reject(new Error("no"))));
    await expect(failing).rejects.toThrow("no");
    expect(await db.write((tx) => idempotent(tx, request, async () => "2"))).toEqual({
      kind: "first",
      response: "2",
    });
  });

  test("8 at once on two replicas: one is the first, the others repeat it", async () => {
    const url = await store.url();
    const replicas = [
      await store.open<IdempotencySchema>({ url, migrations }),
      await store.open<IdempotencySchema>({ url, migrations }),
    ];
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        replicas[index % 2]?.write((tx) => idempotent(tx, request, async () => String(index))),
      ),
    );
    expect(outcomes.filter((outcome) => outcome?.kind === "first")).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome?.kind !== "mismatch" && outcome?.response)).size).toBe(
      1,
    );
  });

  test("keys whose time is over are removed", async () => {
    const db = await store.open<IdempotencySchema>({ migrations });
    await db.write((tx) => idempotent(tx, request, async () => "1"));
    expect(await db.write((tx) => pruneIdempotencyKeys(tx, 999 + idempotencyPeriodMs))).toBe(0);
    expect(await db.write((tx) => pruneIdempotencyKeys(tx, 1000 + idempotencyPeriodMs))).toBe(1);
  });
});
