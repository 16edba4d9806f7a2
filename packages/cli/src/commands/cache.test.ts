import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { checkoutDirectory } from "../cache/state.ts";
import { takeLock } from "../execute/lock.ts";
import { echo } from "../testing/fake-plugin.ts";
import { type Fixture, makeFixture, pluginFixture, proto } from "../testing/fixture.ts";
import { cacheClear, cacheInfo, cachePrune, readMegabytes } from "./cache.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = makeFixture(
    pluginFixture(echo, {
      "proto/acme/w/b.proto": proto("acme.w"),
      "wirehouse.yaml": {
        version: "v1",
        plugins: { "./fake": { inputs: ["fake"] } },
        cache: { max_size_mb: 5, remote: { url: "http://127.0.0.1:1" } },
      },
    }),
  );
  await fixture.generate();
});

const options = (env: NodeJS.ProcessEnv = {}) => ({
  cwd: fixture.root,
  env: { WIREHOUSE_CACHE_DIR: fixture.cache, ...env },
});

it("tells what there is, where, and which remote cache is used", () => {
  expect(cacheInfo(options())).toEqual({
    location: fixture.cache,
    outputs: { entries: 2, bytes: expect.any(Number) },
    limitBytes: 5_000_000,
    checkouts: { entries: 1, bytes: expect.any(Number) },
    remote: { url: "http://127.0.0.1:1", mode: "read-only" },
  });
  expect(cacheInfo(options({ WIREHOUSE_REMOTE_CACHE_MODE: "off" })).remote).toBeNull();
});

it("needs no workspace", () => {
  expect(cacheInfo({ ...options(), cwd: fixture.base })).toMatchObject({
    outputs: { entries: 2 },
    limitBytes: 2_048_000_000,
    remote: null,
  });
});

it("prunes down to a limit: the one of wirehouse.yaml, or the one given", () => {
  expect(cachePrune(options())).toMatchObject({ removed: { entries: 0 }, kept: { entries: 2 } });
  expect(cachePrune(options(), 0)).toMatchObject({ removed: { entries: 2 }, kept: { entries: 0, bytes: 0 } });
});

it("prunes what a killed process left half written, and not what one may be writing", () => {
  const folder = join(fixture.cache, "outputs-1", "ab");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "abc.1-0.wirehouse-tmp"), "old");
  writeFileSync(join(folder, "abc.2-0.wirehouse-tmp"), "new");
  utimesSync(join(folder, "abc.1-0.wirehouse-tmp"), 1000, 1000);
  expect(cachePrune(options())).toMatchObject({ removed: { entries: 0 }, kept: { entries: 2 } });
  expect(Object.keys(fixture.tree("../cache/outputs-1/ab"))).toContain("abc.2-0.wirehouse-tmp");
  expect(Object.keys(fixture.tree("../cache/outputs-1/ab"))).not.toContain("abc.1-0.wirehouse-tmp");
});

it("clears outputs and records, and the next run brings them back without touching the tree", async () => {
  const before = fixture.tree("gen");
  expect(await cacheClear(options())).toMatchObject({ removed: { entries: 3 }, busy: 0 });
  expect(fixture.tree("../cache")).toEqual({});
  expect(await fixture.generate()).toMatchObject({ ran: 2, written: [], removed: [] });
  expect(fixture.tree("gen")).toEqual(before);
});

it("leaves the record of a checkout where a run is under way", async () => {
  const checkout = checkoutDirectory(fixture.cache, fixture.root);
  const release = await takeLock(join(checkout, "lock"), { waitMs: 0 });
  try {
    expect(await cacheClear(options())).toMatchObject({ removed: { entries: 2 }, busy: 1 });
    expect(cacheInfo(options()).checkouts.entries).toBe(1);
  } finally {
    release();
  }
});

it("is empty where there never was one, and can be cleared all the same", async () => {
  const nowhere = { cwd: fixture.base, env: { WIREHOUSE_CACHE_DIR: join(fixture.base, "nowhere") } };
  expect(cacheInfo(nowhere)).toMatchObject({ outputs: { entries: 0, bytes: 0 }, checkouts: { entries: 0 } });
  expect(await cacheClear(nowhere)).toMatchObject({ removed: { entries: 0, bytes: 0 }, busy: 0 });
});

it.each(["", " ", "x", "-1", "1e999", "NaN"])("takes %j for no number of megabytes", (text) => {
  expect(() => readMegabytes(text)).toThrow("takes a number of megabytes");
});
