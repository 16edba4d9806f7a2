import { readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Fixture } from "../testing/fixture.ts";
import { runTool } from "../testing/fixture.ts";
import { stampsOf } from "../testing/untouched.ts";
import { driftCases, makeDriftFixture, undoDrift } from "./check.testdata.ts";

/** Checks, and proves that the tree, its times and git's index are what they were. */
async function checkReadOnly(fixture: Fixture, cwd = fixture.root) {
  const before = stampsOf(cwd);
  const index = readFileSync(join(cwd, ".git/index"));
  const findings = await fixture.check({ cwd });
  expect(stampsOf(cwd)).toEqual(before);
  expect(readFileSync(join(cwd, ".git/index")).equals(index)).toBe(true);
  return findings;
}

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeDriftFixture(afterAll);
});
beforeEach(() => undoDrift(fixture));

describe.each(["with", "without"] as const)("%s the state of an earlier run", (state) => {
  it.each(driftCases)("finds $title", async ({ drift, finds }) => {
    await drift(fixture);
    if (state === "without") {
      fixture.forgetState();
    }
    const findings = await checkReadOnly(fixture);
    const wanted = finds[state] ?? finds.with;
    const summary = (list: readonly { rule: string; path?: string }[]) =>
      list.map(({ rule, path }) => `${rule} ${path}`);
    expect(summary(findings)).toEqual(summary(wanted));
    for (const [index, { says, line, help }] of wanted.entries()) {
      const finding = findings[index];
      expect(finding?.message).toMatch(says);
      expect(finding?.help).toContain(help ?? "wirehouse generate");
      expect(finding?.line).toBe(line ?? finding?.line);
    }
  });

  it("finds nothing on a tree that is up to date", async () => {
    if (state === "without") {
      fixture.freshCache();
    }
    expect(await checkReadOnly(fixture)).toEqual([]);
  });
});

it.each(driftCases.filter(({ mendedBy }) => mendedBy !== "hand"))(
  "finds nothing after `generate` has mended $title",
  async ({ drift }) => {
    await drift(fixture);
    await fixture.generate();
    expect(await fixture.check()).toEqual([]);
  },
);

it.each([["--no-local"], ["--no-local", "--depth=1"]])(
  "finds nothing right after git clone %j",
  async (...flags) => {
    const clone = join(fixture.base, `clone${flags.length}`);
    await runTool("git", ["clone", "--quiet", ...flags, `file://${fixture.root}`, clone], fixture.base);
    symlinkSync(join(fixture.root, "node_modules"), join(clone, "node_modules"));
    expect(await checkReadOnly(fixture, clone)).toEqual([]);
    fixture.freshCache();
    expect(await checkReadOnly(fixture, clone)).toEqual([]);
  },
);

it("is as good outside of a git repository", async () => {
  renameSync(join(fixture.root, ".git"), join(fixture.base, "git-aside"));
  onTestFinished(() => renameSync(join(fixture.base, "git-aside"), join(fixture.root, ".git")));
  expect(await fixture.check()).toEqual([]);
  fixture.write({ "gen/acme/v1/a_pb.js": "edited" });
  fixture.forgetState();
  expect(await fixture.check()).toMatchObject([
    { rule: "DRIFT_STALE", path: "gen/acme/v1/a_pb.js", line: 1 },
  ]);
});

it.each(["proto", "gen/acme"])("fails, and does not pass, when it is run in %s", async (folder) => {
  await expect(fixture.check({ cwd: join(fixture.root, folder) })).rejects.toMatchObject({
    code: "USAGE",
    findings: [{ help: expect.stringContaining(fixture.root) }],
  });
});

it("fails, and does not pass, where the sources do not compile", async () => {
  fixture.write({ "proto/acme/v1/a.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage {}\n' });
  await expect(fixture.check()).rejects.toMatchObject({ code: "PROTO" });
});
