// Measures `wirehouse generate --watch` on a copy of this repository, or on npm's google-proto-files: from the return of
// a save to the moment when the last output of that save is written, p50 and p95 for each .proto file that is edited.
//
//   node packages/cli/bench/watch.ts [saves a file: 20] [part of a path]
//   node packages/cli/bench/watch.ts --google [saves a file: 20] [part of a path: a few leaves]
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type WatchOutcome, watch } from "../src/commands/watch.ts";
import { walk } from "../src/io/files.ts";
import { makeCorpus } from "./corpus.ts";

const args = process.argv.slice(2);
const isGoogle = args[0] === "--google";
const [count = "20", part = isGoogle ? "cloud/vision/v1/" : ""] = isGoogle ? args.slice(1) : args;
const saves = Number(count);
const repository = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const base = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-bench-watch-")));
const root = join(base, "workspace");
process.env.WIREHOUSE_CACHE_DIR = join(base, "cache");

/** All that a run reads, and nothing else. */
function copyRepository(): void {
  for (const name of ["proto", "gen", "buf.yaml", "buf.gen.yaml", "wirehouse.yaml", "package.json"]) {
    cpSync(join(repository, name), join(root, name), {
      recursive: true,
      filter: (path) => !relative(repository, path).split("/").includes("node_modules"),
    });
  }
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"), "dir");
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const abort = new AbortController();
let onOutcome: (outcome: WatchOutcome) => void = () => {};
const nextOutcome = () =>
  new Promise<WatchOutcome>((resolve) => {
    onOutcome = resolve;
  });

try {
  if (isGoogle) {
    makeCorpus(root);
  } else {
    copyRepository();
  }
  const first = nextOutcome();
  const ended = watch({ cwd: root, signal: abort.signal, onOutcome: (outcome) => onOutcome(outcome) });
  await first;
  const all: number[] = [];
  const row = (name: string, times: readonly number[]) => {
    const sorted = times.toSorted((a, b) => a - b);
    const cells = [percentile(sorted, 0.5), percentile(sorted, 0.95)].map((ms) => `${Math.round(ms)} ms`);
    console.log(`| ${name.padEnd(46)} | ${cells.map((cell) => cell.padStart(8)).join(" | ")} |`);
  };
  console.log(`| ${"saved".padEnd(46)} |      p50 |      p95 |\n| ${"-".repeat(46)} | -------: | -------: |`);
  const files = walk(join(root, "proto"), (folder) => folder === "third_party")
    .map(({ path }) => path)
    .filter((path) => path.endsWith(".proto") && path.includes(part))
    .sort();
  for (const path of files) {
    const file = join(root, "proto", path);
    const text = readFileSync(file, "utf8");
    const times: number[] = [];
    for (let save = 0; save < saves; save++) {
      const outcome = nextOutcome();
      writeFileSync(file, `${text}\n// Saved ${save}.\nmessage Saved${save} {}\n`);
      const saved = performance.now();
      const { kind } = await outcome;
      if (kind === "failed") {
        throw new Error(`a save of ${path} failed`);
      }
      times.push(performance.now() - saved);
    }
    const back = nextOutcome();
    writeFileSync(file, text);
    await back;
    row(path, times);
    all.push(...times);
  }
  row("all", all);
  abort.abort();
  await ended;
} finally {
  abort.abort();
  rmSync(base, { recursive: true, force: true });
}
