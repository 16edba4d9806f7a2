import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import type { TreeChange } from "../plan/diff-tree.ts";
import { readTree, writeFiles } from "../testing/fixture.ts";
import { applyChanges, fileWriter, type OutputWriter } from "./apply-changes.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "wirehouse-apply-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const change = (kind: TreeChange["kind"], path: string): TreeChange => ({ kind, path });
const content = (path: string) => Buffer.from(`new ${path}`);

/** Writes and removes, and fails at the given path as the file system would. */
function failingAt(path: string, code: string): OutputWriter {
  const fail = (target: string, effect: () => void) => {
    if (target === join(root, path)) {
      throw Object.assign(new Error(`${code}: no`), { code });
    }
    effect();
  };
  return {
    write: (target, bytes) => fail(target, () => fileWriter.write(target, bytes)),
    remove: (target) => fail(target, () => fileWriter.remove(target)),
  };
}

it("writes, removes, and takes away the folders that it leaves empty, up to the output folder", () => {
  writeFiles(root, { "gen/a/b/old.txt": "old", "gen/keep/x.txt": "x", "other/y.txt": "y" });
  applyChanges(
    root,
    ["gen"],
    [change("create", "gen/new/n.txt"), change("remove", "gen/a/b/old.txt")],
    content,
  );
  expect(readTree(root)).toEqual({
    "gen/keep/x.txt": "x",
    "gen/new/n.txt": "new gen/new/n.txt",
    "other/y.txt": "y",
  });
  expect(readdirSync(join(root, "gen")).sort()).toEqual(["keep", "new"]);
  applyChanges(
    root,
    ["gen"],
    [change("remove", "gen/keep/x.txt"), change("remove", "gen/new/n.txt")],
    content,
  );
  expect(readdirSync(root)).toContain("gen");
});

it.each([
  ["ENOSPC", "the disk is full", "make room"],
  ["EDQUOT", "quota", "make room"],
  ["EROFS", "read-only", "where the output folder can be written"],
  ["EACCES", "permission denied", "writable for this user"],
  ["EIO", "EIO: no", undefined],
])("says of %s what it means, and removes nothing", (code, says, help) => {
  writeFiles(root, { "gen/b.txt": "old b", "gen/orphan.txt": "orphan" });
  const changes = [
    change("create", "gen/a.txt"),
    change("update", "gen/b.txt"),
    change("remove", "gen/orphan.txt"),
  ];
  expect(() =>
    applyChanges(root, ["gen"], changes, content, { writer: failingAt("gen/b.txt", code) }),
  ).toThrow(
    expect.objectContaining({
      code: "IO",
      message: expect.stringMatching(new RegExp(`gen/b.txt could not be written: .*${says}.*\\(${code}\\)`)),
      findings: [
        expect.objectContaining({ path: "gen/b.txt", ...(help && { help: expect.stringContaining(help) }) }),
      ],
    }),
  );
  expect(readTree(root)).toEqual({
    "gen/a.txt": "new gen/a.txt",
    "gen/b.txt": "old b",
    "gen/orphan.txt": "orphan",
  });
});

it("says which file could not be removed", () => {
  writeFiles(root, { "gen/orphan.txt": "orphan" });
  const writer = failingAt("gen/orphan.txt", "EPERM");
  expect(() =>
    applyChanges(root, ["gen"], [change("remove", "gen/orphan.txt")], content, { writer }),
  ).toThrow(/gen\/orphan.txt could not be removed: .*not permitted/);
});

it("stops when it is interrupted, between two files", () => {
  const abort = new AbortController();
  const changes = ["gen/a", "gen/b", "gen/c"].map((path) => change("create", path));
  const onWrite = (path: string) => path === "gen/b" && abort.abort();
  expect(() => applyChanges(root, ["gen"], changes, content, { signal: abort.signal, onWrite })).toThrow(
    /interrupted/,
  );
  expect(Object.keys(readTree(root))).toEqual(["gen/a", "gen/b"]);
});

it("leaves the old file and no other, when a write fails in the middle", () => {
  writeFiles(root, { "gen/a.txt": "old" });
  const broken = { length: 10 } as unknown as Uint8Array;
  expect(() => applyChanges(root, ["gen"], [change("update", "gen/a.txt")], () => broken)).toThrow(
    /gen\/a.txt/,
  );
  expect(readTree(root)).toEqual({ "gen/a.txt": "old" });
});

/** Mounts a file system for the test, where this is allowed. */
function mounts(...options: string[]): string | undefined {
  const target = join(root, "mounted");
  writeFiles(root, { "mounted/.keep": "" });
  if (process.platform !== "linux" || spawnSync("mount", [...options, "tmpfs", target]).status !== 0) {
    return undefined;
  }
  onTestFinished(() => {
    spawnSync("umount", ["-l", target]);
  });
  return target;
}

it("fails on a full disk as on one that is said to be full", ({ skip }) => {
  const disk = mounts("-t", "tmpfs", "-o", "size=64k");
  if (disk === undefined) {
    return skip("no file system can be mounted here");
  }
  writeFiles(disk, { "gen/b.txt": "old" });
  const big = (path: string) => Buffer.alloc(path.endsWith("b.txt") ? 200_000 : 10, "x");
  const changes = [change("create", "gen/a.txt"), change("update", "gen/b.txt")];
  expect(() => applyChanges(disk, ["gen"], changes, big)).toThrow(/gen\/b.txt .*the disk is full \(ENOSPC\)/);
  expect(readTree(disk)).toEqual({ "gen/a.txt": "xxxxxxxxxx", "gen/b.txt": "old" });
});

it("fails on a read-only file system", ({ skip }) => {
  const disk = mounts("-t", "tmpfs", "-o", "ro");
  if (disk === undefined) {
    return skip("no file system can be mounted here");
  }
  expect(() => applyChanges(disk, ["gen"], [change("create", "gen/a.txt")], content)).toThrow(
    /read-only \(EROFS\)/,
  );
});
