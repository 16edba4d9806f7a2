/**
 * Prevents that an edit of one domain rebuilds packages which do not see it, or, worse, leaves some that do: which tasks
 * have another key after an edit is asked of turbo itself, on a copy of this repository.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-turbo-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Manifest {
  name: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

interface Task {
  readonly taskId: string;
  readonly hash: string;
  readonly dependencies: readonly string[];
  readonly command: string;
  readonly resolvedTaskDefinition: { readonly cache: boolean };
}

const readManifest = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Folders with a package.json below one, relative to the root. */
function packagesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === "package.json")
    .map((entry) => relative(root, entry.parentPath))
    .sort();
}

function copy(path: string): void {
  cpSync(join(repository, path), join(root, path), {
    recursive: true,
    filter: (source) => !/\/(node_modules|dist|\.turbo)$/.test(source),
  });
}

/** A service that uses one domain, as the repository has them; left alone where it has it itself. */
function addService(domain: string): void {
  const folder = join(root, "packages", `${domain}-service`);
  if (!existsSync(folder)) {
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(join(folder, "src/main.ts"), "export {};\n");
    const manifest = {
      name: `@partner/${domain}-service`,
      private: true,
      scripts: { build: "tsc", typecheck: "tsc" },
      dependencies: { [`@partner/${domain}`]: "workspace:*" },
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  }
}

/** What turbo would run, by task. */
function dryRun(...tasks: readonly string[]): Map<string, Task> {
  const output = execFileSync(join(repository, "node_modules/.bin/turbo"), ["run", ...tasks, "--dry=json"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { tasks: list } = JSON.parse(output) as { tasks: readonly Task[] };
  return new Map(list.map((task) => [task.taskId, task]));
}

/** The tasks whose key is another one after the edit, which is then taken back. */
function changedBy(before: ReadonlyMap<string, Task>, ...files: readonly string[]): string[] {
  const kept = files.map((file) => readFileSync(join(root, file)));
  files.forEach((file) => void appendFileSync(join(root, file), "\n"));
  try {
    const after = dryRun("build", "typecheck");
    return [...after.values()]
      .filter(({ taskId, hash }) => before.get(taskId)?.hash !== hash)
      .map((task) => task.taskId)
      .sort();
  } finally {
    files.forEach((file, index) => void writeFileSync(join(root, file), kept[index] ?? ""));
  }
}

/** The package and all that depend on it, directly or not, by their manifests. */
function dependents(name: string, manifests: readonly Manifest[]): Set<string> {
  const found = new Set([name]);
  for (const seen of found) {
    for (const { name: other, dependencies, devDependencies } of manifests) {
      if (seen in { ...dependencies, ...devDependencies }) {
        found.add(other);
      }
    }
  }
  return found;
}

let before: ReadonlyMap<string, Task>;
let manifests: Manifest[];

beforeAll(() => {
  for (const path of [
    "turbo.json",
    "package.json",
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    "tsconfig.base.json",
    ".gitignore",
    "proto",
    "gen",
    "packages",
  ]) {
    copy(path);
  }
  addService("document");
  addService("identity");
  execFileSync("git", ["init", "-q"], { cwd: root });
  before = dryRun("build", "typecheck");
  manifests = [...packagesBelow("gen/ts"), ...packagesBelow("packages")].map((folder) =>
    readManifest(join(root, folder)),
  );
});

// turbo counts the packages that the root names, and what they depend on, into every key (vercel/turborepo #8202).
it("names no package of the workspace in the root's dependencies", () => {
  const { dependencies, devDependencies } = readManifest(repository);
  expect(Object.values({ ...dependencies, ...devDependencies })).not.toContain("workspace:*");
});

describe("an edit of a domain's generated code", () => {
  it.each(domains())("%s reaches its dependents and nothing else", (folder) => {
    const { name } = readManifest(join(repository, folder));
    const files = readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => !file.includes("node_modules") && /_pb\.(js|d\.ts)$/.test(file))
      .map((file) => join(folder, file));
    const reached = [...dependents(name, manifests)];
    const expected = reached
      .flatMap((other) => [`${other}#build`, `${other}#typecheck`])
      .filter((id) => before.has(id));
    expect(changedBy(before, ...files)).toEqual(expected.sort());
  });
});

it("an edit of a service reaches that service and what runs it, not the other service", () => {
  expect(changedBy(before, "packages/identity-service/src/main.ts")).toEqual([
    "@partner/identity-service#build",
    "@partner/identity-service#typecheck",
    "@partner/platform#build",
    "@partner/platform#typecheck",
    "@partner/web#build",
    "@partner/web#typecheck",
  ]);
});

it("an edit of a .proto alone changes no key: what is built is the generated code, and `check` stands before it", () => {
  expect(changedBy(before, "proto/partner/identity/v1/models.proto")).toEqual([]);
  expect(before.get("@partner/document-service#build")?.dependencies).toContain("//#check");
});

it("runs generate and check at the root, each time anew", () => {
  const tasks = dryRun("generate", "check");
  expect(
    [...tasks.values()].map(({ taskId, command, resolvedTaskDefinition }) => [
      taskId,
      command,
      resolvedTaskDefinition.cache,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ["//#generate", expect.stringContaining("generate"), false],
      ["//#check", expect.stringContaining("check"), false],
    ]),
  );
});

function domains(): string[] {
  return readdirSync(join(repository, "gen/ts"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === "package.json" && !entry.parentPath.includes("node_modules"))
    .map((entry) => relative(repository, entry.parentPath))
    .sort();
}
