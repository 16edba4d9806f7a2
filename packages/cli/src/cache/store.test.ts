import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { walk } from "../io/files.ts";
import { LocalCache } from "./store.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wirehouse-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

const entry = (text: string) => [{ name: "a", digest: hash("sha256", text), content: Buffer.from(text) }];
const key = (name: string) => hash("sha256", name);
const textOf = (cache: LocalCache, name: string) => {
  const found = cache.get(key(name))?.[0];
  return found && Buffer.from(found.content).toString();
};
function open(options: Partial<ConstructorParameters<typeof LocalCache>[1]> = {}) {
  const warnings: string[] = [];
  const cache = new LocalCache(directory, {
    maxBytes: 1e9,
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { cache, warnings };
}
const entryFiles = () => walk(directory).map(({ path }) => join(directory, path));

it("keeps entries by key, for other instances too", () => {
  open().cache.put(key("x"), entry("hello"));
  expect(textOf(open().cache, "x")).toBe("hello");
  expect(textOf(open().cache, "y")).toBeUndefined();
  expect(open().cache.stats().entries).toBe(1);
});

it("drops an entry that is damaged, says so, and takes a new one", () => {
  const { cache, warnings } = open();
  cache.put(key("x"), entry("hello"));
  writeFileSync(entryFiles()[0] ?? "", "damaged");
  expect(textOf(cache, "x")).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("damaged")]);
  cache.put(key("x"), entry("again"));
  expect(textOf(cache, "x")).toBe("again");
});

it("removes what was used least recently until the rest fits", () => {
  const { cache } = open({ maxBytes: 1000 });
  for (const [index, name] of ["old", "middle", "new"].entries()) {
    cache.put(key(name), entry("x".repeat(300)));
    const file = entryFiles().find((path) => path.endsWith(key(name))) ?? "";
    utimesSync(file, 1000 + index, 1000 + index);
  }
  expect(textOf(cache, "old")).toBeDefined(); // Used now: it stays.
  expect(cache.evict().entries).toBe(1);
  expect(["old", "middle", "new"].filter((name) => textOf(cache, name) !== undefined)).toEqual([
    "old",
    "new",
  ]);
});

it("evicts nothing in a run that wrote nothing", () => {
  open().cache.put(key("x"), entry("hello"));
  const { cache } = open({ maxBytes: 1 });
  expect(cache.evict().entries).toBe(0);
  expect(cache.evict(true).entries).toBe(1);
});

it("warns once and goes on where the folder cannot be written", () => {
  writeFileSync(join(directory, "outputs-1"), "a file where the folder should be");
  const { cache, warnings } = open();
  cache.put(key("x"), entry("hello"));
  cache.put(key("y"), entry("hello"));
  expect(textOf(cache, "x")).toBeUndefined();
  expect(cache.evict(true).entries).toBe(0);
  expect(warnings).toEqual([expect.stringContaining("cannot be used")]);
});

it("is whole whatever several processes write at the same time", async () => {
  const names = ["a", "b", "c"];
  const program = `
    import { LocalCache } from ${JSON.stringify(import.meta.resolve("./store.ts"))};
    import { hash } from "node:crypto";
    const cache = new LocalCache(process.argv[1], { maxBytes: 1e9 });
    for (let round = 0; round < 30; round++) {
      for (const name of ${JSON.stringify(names)}) {
        const content = Buffer.from(name.repeat(20000));
        cache.put(hash("sha256", name), [{ name, digest: hash("sha256", content), content }]);
        const found = cache.get(hash("sha256", name));
        if (!found || found[0].content.length !== content.length) process.exit(1);
      }
    }`;
  const codes = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program, directory], {
        stdio: "inherit",
      });
      return (await once(child, "close"))[0];
    }),
  );
  expect(codes).toEqual([0, 0, 0]);
  expect(names.map((name) => textOf(open().cache, name)?.length)).toEqual([20000, 20000, 20000]);
  expect(entryFiles()).toHaveLength(3);
});

it("is empty after it was cleared", () => {
  const { cache } = open();
  cache.put(key("x"), entry("hello"));
  mkdirSync(join(directory, "checkouts"));
  expect(cache.clear().entries).toBe(1);
  expect(cache.stats()).toEqual({ entries: 0, bytes: 0 });
  expect(readdirSync(directory)).toEqual(["checkouts"]);
});
