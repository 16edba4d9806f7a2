import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, onTestFinished, vi } from "vitest";
import { cacheDirectory } from "../cache/cache-directory.ts";
import { check } from "../commands/check.ts";
import type { RunOptions } from "../commands/context.ts";
import { type GenerateOptions, generate } from "../commands/generate.ts";
import { findBuf } from "../execute/find-buf.ts";
import { WorkerPool } from "../execute/worker-pool.ts";
import { walk } from "../io/files.ts";
import { runProcess } from "../io/process.ts";
import { programFile } from "./fake-plugin.ts";

/** Files by path. An object becomes JSON, a text that starts with "#!" a program. */
export type Files = Readonly<Record<string, string | object>>;

/** The folder of this package. */
export const cliDirectory = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** npm packages of this repository that a fixture can have installed. */
const installable = [
  "@bufbuild/buf",
  "@bufbuild/protobuf",
  "@bufbuild/protoc-gen-es",
  "@bufbuild/protoplugin",
  "@bufbuild/protovalidate",
  "ts-proto",
] as const;

/** One for the runs of a test file, so that each does not load the plugins anew. */
const pool = new WorkerPool();
afterAll(() => pool.close());

export type Fixture = ReturnType<typeof makeFixture>;

/**
 * A workspace in a temporary folder with a cache of its own, where the real plugins are installed. All of it
 * is gone when the test is over.
 */
export function makeFixture(files: Files = {}, cleanUp: (undo: () => void) => void = onTestFinished) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-")));
  const root = join(base, "workspace");
  cleanUp(() => {
    rmSync(base, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });
  useCache(join(base, "cache"));
  const write = (more: Files) => writeFiles(root, more);
  write({
    "package.json": {
      private: true,
      devDependencies: Object.fromEntries(installable.map((name) => [name, "*"])),
    },
    "buf.yaml": "version: v2\nmodules:\n  - path: proto\n",
    ...files,
  });
  for (const name of installable) {
    linkPackage(root, name);
  }
  const options = (more: Partial<GenerateOptions> = {}): GenerateOptions => ({ cwd: root, pool, ...more });
  return {
    base,
    root,
    cache: join(base, "cache"),
    write,
    remove: (path: string) => rmSync(join(root, path), { recursive: true }),
    read: (path: string) => readFileSync(join(root, path), "utf8"),
    exists: (path: string) => existsSync(join(root, path)),
    tree: (folder = ".", skip?: (path: string) => boolean) => readTree(join(root, folder), skip),
    generate: (more?: Partial<GenerateOptions>) => generate(options(more)),
    check: (more?: Partial<RunOptions>) => check(options(more)),
    /** Forgets what earlier runs left behind, as on another machine. */
    freshCache: () => useCache(mkdtempSync(join(base, "cache-"))),
    /** Forgets earlier runs in this checkout, and keeps the outputs that are known by their key. */
    forgetState: () => rmSync(join(cacheDirectory(), "checkouts"), { recursive: true, force: true }),
    /** Runs buf in the workspace; its standard output. */
    buf: (...args: string[]) => runTool(findBuf(root).file, args, root),
    git: (...args: string[]) => runTool("git", args, root),
  };
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(file, text);
    if (text.startsWith("#!")) {
      chmodSync(file, 0o755);
    }
  }
}

/** Content of every file below the folder by path, links by where they lead. */
export function readTree(
  folder: string,
  skip: (path: string) => boolean = () => false,
): Record<string, string> {
  return Object.fromEntries(
    walk(folder, (path) => isNotOurs(path) || skip(path))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map(({ path, kind }) => [
        path,
        kind === "symlink"
          ? `-> ${readlinkSync(join(folder, path))}`
          : readFileSync(join(folder, path), "latin1"),
      ]),
  );
}

function isNotOurs(path: string): boolean {
  return /(^|\/)(node_modules|\.git)$/.test(path);
}

function useCache(directory: string): void {
  vi.stubEnv("WIREHOUSE_CACHE_DIR", directory);
}

export function linkPackage(root: string, name: string): void {
  const link = join(root, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(realpathSync(join(cliDirectory, "node_modules", name)), link, "dir");
}

/** Git with no configuration of the machine or of the user. */
const gitEnvironment = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

export async function runTool(file: string, args: readonly string[], cwd: string): Promise<Buffer> {
  const result = await runProcess(file, args, { cwd, env: { ...process.env, ...gitEnvironment } });
  if (result.kind !== "exit" || result.code !== 0) {
    const end = result.kind === "exit" ? `${result.code}: ${result.stderr}${result.stdout}` : result.kind;
    throw new Error(`${file} ${args.join(" ")} ended with ${end}`);
  }
  return result.stdout;
}

/** A buf.gen.yaml with one plugin, which is a program of the fixture. */
export function pluginFixture(body: string, more: Files = {}): Files {
  return {
    "proto/acme/v1/a.proto": proto("acme.v1", [], "A"),
    "buf.gen.yaml": "version: v2\nplugins:\n  - local: ./fake\n    out: gen\n",
    fake: programFile(body),
    ...more,
  };
}

/** A proto3 file with the imports and one message. */
export function proto(packageName: string, imports: readonly string[] = [], message = "M"): string {
  const lines = imports.map((path) => `import "${path}";\n`).join("");
  return `syntax = "proto3";\npackage ${packageName};\n${lines}message ${message} {}\n`;
}
