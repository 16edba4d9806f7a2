import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunResult, tryRun } from "../packaging/run.ts";
import type { CacheServer } from "./server.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Machines that share a remote cache: each has a checkout of the protos at a path of its own, and a local cache. */
export class Machines {
  readonly #folder: string;
  readonly #server: CacheServer;
  #count = 0;
  #tree: ReadonlyMap<string, string> = new Map();

  constructor(folder: string, server: CacheServer) {
    this.#folder = folder;
    this.#server = server;
  }

  /** Each check returns what it has seen, in a few words, or throws. */
  fill(): string {
    const { result, tree } = this.#generate({
      WIREHOUSE_REMOTE_CACHE_MODE: "read-write",
      ...this.#server.writer,
    });
    expectRun(result, { ran: "all", warnings: 0 });
    this.#tree = tree;
    return `${tree.size} files`;
  }

  reuse(): string {
    return this.#check({}, { ran: "none", warnings: 0 });
  }

  refused(): string {
    if (Object.keys(this.#server.writer).length === 0) {
      return "this server lets everyone write";
    }
    // Something that is not there yet, so that there is something to upload.
    const { result } = this.#generate({ WIREHOUSE_REMOTE_CACHE_MODE: "read-write" }, (checkout) =>
      replace(join(checkout, "buf.gen.yaml"), "target=js+dts", "target=dts+js"),
    );
    return expectRun(result, { ran: "some", warnings: 1 });
  }

  damaged(): string {
    const { folder } = this.#server;
    if (folder === undefined) {
      return "this server checks its own files";
    }
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        const file = join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
        writeFileSync(file, bytes);
      }
    }
    return this.#check({}, { ran: "all", warnings: 1 });
  }

  gone(): string {
    return this.#check({}, { ran: "all", warnings: 1 });
  }

  #check(environment: NodeJS.ProcessEnv, wanted: Wanted, prepare?: (checkout: string) => void): string {
    const { result, tree } = this.#generate(environment, prepare);
    const seen = expectRun(result, wanted);
    for (const path of new Set([...this.#tree.keys(), ...tree.keys()])) {
      if (this.#tree.get(path) !== tree.get(path)) {
        throw new Error(`${path} is not what the first machine made`);
      }
    }
    return seen;
  }

  #generate(environment: NodeJS.ProcessEnv, prepare?: (checkout: string) => void) {
    const checkout = join(this.#folder, `machine-${++this.#count}`, "checkout");
    mkdirSync(checkout, { recursive: true });
    for (const name of ["proto", "buf.yaml", "buf.gen.yaml", "wirehouse.yaml", "package.json"]) {
      cpSync(join(repository, name), join(checkout, name), { recursive: true });
    }
    symlinkSync(join(repository, "node_modules"), join(checkout, "node_modules"));
    prepare?.(checkout);
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("WIREHOUSE_"));
    const cli = join(repository, "packages/cli/src/main.ts");
    const result = tryRun(process.execPath, [cli, "generate", "--format", "json"], checkout, {
      ...Object.fromEntries(own),
      WIREHOUSE_CACHE_DIR: join(checkout, "..", "cache"),
      WIREHOUSE_REMOTE_CACHE_URL: this.#server.url,
      ...environment,
    });
    if (result.code !== 0) {
      throw new Error(`exit code ${result.code}\n${result.stdout}${result.stderr}`);
    }
    const tree = readTree(join(checkout, "gen"));
    rmSync(join(checkout, ".."), { recursive: true });
    return { result, tree };
  }
}

interface Wanted {
  /** For how many units plugins ran. */
  readonly ran: "all" | "some" | "none";
  readonly warnings: number;
}

function expectRun({ stdout, stderr }: RunResult, wanted: Wanted): string {
  const warnings = stderr.split("\n").filter((line) => line.startsWith("warning: "));
  const { ran, units } = JSON.parse(stdout) as { ran: number; units: number };
  const seen = ran === 0 ? "none" : ran === units ? "all" : "some";
  if (warnings.length !== wanted.warnings || wanted.ran !== seen) {
    throw new Error(
      `${ran} of ${units} units ran, but ${JSON.stringify(wanted)} was due\n${stdout}${stderr}`,
    );
  }
  if (/not a secret|authorization/i.test(stdout + stderr)) {
    throw new Error(`credentials were shown:\n${stdout}${stderr}`);
  }
  return [`${ran} of ${units} units ran`, ...warnings].join("; ");
}

function readTree(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length), readFileSync(file, "latin1")] as const),
  );
}

function replace(file: string, text: string, by: string): void {
  const before = readFileSync(file, "utf8");
  if (!before.includes(text)) {
    throw new Error(`${file} has no ${text}`);
  }
  writeFileSync(file, before.replace(text, by));
}
