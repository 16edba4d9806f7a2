import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkBoundaries } from "./check-boundaries.ts";
import { readImports } from "./read-imports.ts";
import type { Rule } from "./rules.ts";

const { rules } = JSON.parse(readFileSync(new URL("../boundaries.json", import.meta.url), "utf8")) as {
  rules: Rule[];
};
/** The real rules without their exceptions, which name files that a seeded tree does not have. */
const bans = rules.map(({ except, ...rule }) => rule);

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) {
    rmSync(root, { recursive: true, force: true });
  }
});

/** The messages about a tree of these files, each `file:line: message`. */
function check(tree: Readonly<Record<string, string | object>>, checked: readonly Rule[] = bans): string[] {
  const root = mkdtempSync(join(tmpdir(), "boundaries-"));
  roots.push(root);
  for (const [file, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return checkBoundaries(root, checked, Object.keys(tree)).violations.map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );
}

describe("every form of an import is seen", () => {
  it.each([
    ['import { a } from "x";', "a"],
    ['import a from "x";', "default"],
    ['import * as a from "x";', "*"],
    ['import "x";', "*"],
    ['import type { A } from "x";', "A"],
    ['import { type A } from "x";', "A"],
    ['export { a } from "x";', "a"],
    ['export type { A } from "x";', "A"],
    ['export * from "x";', "*"],
    ['export const a = await import("x");', "*"],
    ['let a: import("x").A;', "*"],
    ['const a = require("x");', "*"],
    ['new Worker(new URL("x", import.meta.url));', "*"],
  ])("%s", (text, name) => {
    expect(readImports("src/a.ts", text)).toEqual([
      { file: "src/a.ts", line: 1, specifier: "x", target: "x", name, isType: /type |let a/.test(text) },
    ]);
  });

  it("and nothing else is", () => {
    const text = '// import "a";\nconst text = `import "b"; from "c"`;\nconst s = \'import("d")\';\n';
    expect(readImports("src/a.ts", text)).toEqual([]);
  });

  it("a file that does not parse is an error, not a clean file", () => {
    expect(() => readImports("src/a.ts", "import {")).toThrow("src/a.ts does not parse");
  });
});

describe("a seeded violation is found:", () => {
  const cli = { name: "@wirehouse/cli", dependencies: { picomatch: "1" } };

  it.each([
    [
      "a dependency of the toolchain on another package",
      "packages/cli/package.json",
      "",
      "knows none of them",
    ],
    [
      "a process started by the plan",
      "packages/cli/src/plan/a.ts",
      'import "node:child_process";',
      "io/process.ts",
    ],
    ["the same without node:", "packages/cli/src/plan/a.ts", 'import "child_process";', "io/process.ts"],
    [
      "a write by the plan",
      "packages/cli/src/plan/a.ts",
      'import { rmSync } from "node:fs";',
      "must not import rmSync",
    ],
    [
      "a write by way of the whole module",
      "packages/cli/src/graph/a.ts",
      'import * as fs from "node:fs";',
      '"node:fs"',
    ],
    [
      "a type from above",
      "packages/cli/src/plan/a.ts",
      'import type { A } from "../commands/a.ts";',
      "a plan is data",
    ],
    ["a command line deep inside", "packages/cli/src/vendor/a.ts", 'import("commander");', "no command line"],
    [
      "an interceptor in the server",
      "packages/server/src/a.ts",
      'import "@wirehouse/interceptors/auth";',
      "arguments",
    ],
    [
      "the wire in a domain",
      "packages/x-service/src/domain/a.ts",
      'import "@connectrpc/connect";',
      "plain code",
    ],
    ["a store in an RPC", "packages/x-service/src/rpc/a.ts", 'import "../store/a.ts";', "main.ts chooses"],
    ["a fake in production", "packages/server/src/a.ts", 'import "@wirehouse/testkit";', "dev dependency"],
  ])("%s", (_title, file, text, message) => {
    const tree = file.endsWith("package.json")
      ? { [file]: { ...cli, dependencies: { "@wirehouse/server": "workspace:*" } } }
      : { [file]: text };
    const found = check(tree);
    expect(found.filter((line) => line.startsWith(`${file}:1: `) && line.includes(message))).toHaveLength(1);
  });

  it("a relative import that leaves its package", () => {
    const tree = {
      "packages/cli/package.json": cli,
      "packages/cli/src/a.ts": 'import "../../../gen/ts/a.js";\n',
      "package.json": {},
    };
    expect(check(tree)).toEqual([
      'packages/cli/src/a.ts:1: "../../../gen/ts/a.js" leaves the package: import the other package by its name',
    ]);
  });

  it("an import of what only the workspace has installed", () => {
    const tree = {
      "packages/cli/package.json": { ...cli, devDependencies: { yaml: "1" } },
      "packages/cli/src/a.ts": 'import "picomatch/posix";\nimport "yaml";\n',
      "packages/cli/src/a.test.ts": 'import "yaml";\n',
    };
    expect(check(tree)).toEqual([
      'packages/cli/src/a.ts:2: "yaml" is not among the published dependencies of packages/cli/package.json: it would be missing once installed',
    ]);
  });

  it("code for tests in code to be published", () => {
    const tree = {
      "packages/cli/package.json": cli,
      "packages/cli/src/a.ts": 'import "./testing/clock.ts";\n',
      "packages/cli/src/a.test.ts": 'import "./testing/clock.ts";\n',
    };
    expect(check(tree)).toEqual([
      'packages/cli/src/a.ts:1: "./testing/clock.ts" is for tests: it would be missing once packed',
    ]);
  });

  it("an exception that excuses nothing", () => {
    const rule = { from: ["a.ts"], ban: ["x"], tests: true, reason: "r" };
    const except = [{ file: "a.ts", import: "y", reason: "once" }];
    expect(check({ "a.ts": "" }, [{ ...rule, except }])).toEqual([
      "scripts/boundaries.json:1: the exception of a.ts for y excuses nothing: remove it",
    ]);
  });
});

it("the test kit may be a dev dependency and be used in tests", () => {
  const tree = {
    "packages/server/package.json": { devDependencies: { "@wirehouse/testkit": "workspace:*" } },
    "packages/server/src/a.test.ts": 'import "@wirehouse/testkit";\n',
  };
  expect(check(tree)).toEqual([]);
});

it("every rule and exception has a reason", () => {
  const reasons = rules.flatMap(({ reason, except = [] }) => [
    reason,
    ...except.map((exception) => exception.reason),
  ]);
  expect(reasons.filter((reason) => !reason || reason.length < 10)).toEqual([]);
});
