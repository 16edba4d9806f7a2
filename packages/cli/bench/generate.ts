/**
 * Measures `wirehouse generate` and `check`, from the built CLI, against plain `buf generate` on the same input
 * in one run: npm's google-proto-files with protoc-gen-es, target=js+dts.
 *
 *   pnpm bench:generate [--json FILE] [--svg FILE] [--reference FOLDER --reference-seconds N] [--no-curve] [--only REGEX] [--once]
 *
 * `buf generate` runs once. Its output is the reference for a comparison byte for byte. `--reference` takes the
 * output and the time of an earlier run of it instead, for working on this tool. `--only` measures the cases whose name
 * matches, `--once` measures each once. The cases of a shared cache need nginx, which is started on this machine, and are left out without it.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findBuf } from "../src/execute/find-buf.ts";
import { countFiles, makeCorpus, makePart } from "./corpus.ts";
import { drawCurve } from "./curve-svg.ts";
import { type Measurement, measure, median } from "./measure.ts";
import { startSharedCache } from "./shared-cache.ts";

const { values: flags } = parseArgs({
  options: {
    json: { type: "string" },
    svg: { type: "string" },
    reference: { type: "string" },
    "reference-seconds": { type: "string" },
    "no-curve": { type: "boolean", default: false },
    only: { type: "string", default: "" },
    once: { type: "boolean", default: false },
  },
});

const cliDirectory = join(dirname(fileURLToPath(import.meta.url)), "..");
const cli = join(cliDirectory, "dist/main.js");
if (!existsSync(cli)) {
  console.error("the CLI is not built: run `pnpm build` first");
  process.exit(2);
}
const base = mkdtempSync(join(tmpdir(), "wirehouse-bench-"));
process.on("exit", () => rmSync(base, { recursive: true, force: true }));

const leaf = "proto/google/cloud/speech/v1/cloud_speech.proto";
const hub = "proto/google/api/client.proto";
let edits = 0;

interface Row {
  readonly name: string;
  readonly seconds: number;
  readonly peakMb: number;
  readonly children: number;
  readonly runs: number;
  readonly ratio: number;
}

const corpus = join(base, "corpus");
makeCorpus(corpus);
const reference = await runReference();
const rows: Row[] = [];

await add(
  "cold, no cache",
  3,
  () => run(corpus, ["generate", "--no-cache"]),
  () => remove(corpus, "gen"),
);
compareWithReference();
await measureSharedCache();
await run(corpus, ["generate"]);
await run(corpus, ["generate"]);
await add("no change", 9, () => run(corpus, ["generate"]));
await add("check, no change", 9, () => run(corpus, ["check"]));
await add(
  "one leaf file edited",
  5,
  () => run(corpus, ["generate"]),
  () => edit(leaf),
);
await add(
  "a hub edited (google/api/client.proto)",
  3,
  () => run(corpus, ["generate"]),
  () => edit(hub),
);
await add(
  "gen/ deleted, cache warm",
  3,
  () => run(corpus, ["generate"]),
  () => remove(corpus, "gen"),
);
await add(
  "another checkout path, cache warm",
  3,
  () => run(`${corpus}-2`, ["generate"]),
  () => {
    rmSync(`${corpus}-2`, { recursive: true, force: true });
    execFileSync("cp", ["-r", corpus, `${corpus}-2`]);
    remove(`${corpus}-2`, "gen");
  },
);
const repository = join(cliDirectory, "../..");
await run(repository, ["generate"]);
await run(repository, ["generate"]);
await add("this repository, no change", 15, () => run(repository, ["generate"]));

const curve = flags["no-curve"] || flags.only !== "" ? [] : await measureCurve();
report();

async function runReference(): Promise<number> {
  if (flags.reference !== undefined) {
    return Number(flags["reference-seconds"]);
  }
  const bins = join(cliDirectory, "../..", "node_modules/.bin");
  const result = await measure(findBuf(corpus).file, ["generate", "-o", join(base, "reference")], {
    cwd: corpus,
    env: { ...process.env, PATH: `${bins}:${process.env.PATH}` },
  });
  console.error(`buf generate: ${result.seconds.toFixed(1)} s, ${Math.round(result.peakMb)} MB`);
  return result.seconds;
}

function run(
  cwd: string,
  args: readonly string[],
  cache = "cache",
  env: NodeJS.ProcessEnv = {},
): Promise<Measurement> {
  return measure(process.execPath, [cli, ...args], {
    cwd,
    env: { ...process.env, WIREHOUSE_CACHE_DIR: join(base, cache), ...env },
  });
}

/** Machines that know nothing yet: a first one with and without a shared cache to fill, and one that finds it full. */
async function measureSharedCache(): Promise<void> {
  const folder = join(base, "nginx");
  mkdirSync(folder);
  const server = await startSharedCache(folder);
  if (server === undefined) {
    return;
  }
  const newMachine = () => {
    remove(corpus, "gen");
    remove(base, "machine");
  };
  const generate = (env: NodeJS.ProcessEnv) => () => run(corpus, ["generate"], "machine", env);
  const reader = { WIREHOUSE_REMOTE_CACHE_URL: server.url };
  const writer = { ...reader, ...server.writer, WIREHOUSE_REMOTE_CACHE_MODE: "read-write" };
  try {
    await add("first machine, no shared cache", 3, generate({}), newMachine);
    await add("first machine, filling the shared cache", 3, generate(writer), () => {
      newMachine();
      for (const kind of ["ac", "cas"]) {
        remove(server.folder, kind);
      }
    });
    await add("second machine, shared cache warm", 3, generate(reader), newMachine);
    compareWithReference();
  } finally {
    await server.stop();
  }
}

async function add(
  name: string,
  count: number,
  once: () => Promise<Measurement>,
  before: () => void = () => {},
): Promise<void> {
  if (!new RegExp(flags.only).test(name)) {
    return;
  }
  const runs = flags.once ? 1 : count;
  const results: Measurement[] = [];
  for (let index = 0; index < runs; index++) {
    before();
    results.push(await once());
  }
  const seconds = median(results.map((result) => result.seconds));
  const row: Row = {
    name,
    seconds,
    runs,
    peakMb: median(results.map((result) => result.peakMb)),
    children: Math.max(...results.map((result) => result.children)),
    ratio: reference / seconds,
  };
  rows.push(row);
  console.error(`${name}: ${seconds.toFixed(3)} s, ${Math.round(row.peakMb)} MB, ${row.ratio.toFixed(1)}×`);
}

function edit(file: string): void {
  edits++;
  appendFileSync(
    join(corpus, file),
    `\n// Edit ${edits}.\nmessage BenchEdit${edits} {\n  string value = 1;\n}\n`,
  );
}

/** Deleting is not part of what is measured, and a rename is quick. */
function remove(root: string, folder: string): void {
  if (existsSync(join(root, folder))) {
    const aside = mkdtempSync(join(base, "removed-"));
    renameSync(join(root, folder), join(aside, folder));
    rmSync(aside, { recursive: true, force: true });
  }
}

function compareWithReference(): void {
  if (!existsSync(join(corpus, "gen"))) {
    return; // No case that makes it was asked for.
  }
  const folder = flags.reference ?? join(base, "reference/gen");
  execFileSync("diff", ["-rq", folder, join(corpus, "gen")], { stdio: ["ignore", "inherit", "inherit"] });
  console.error(`${countFiles(folder)} files, byte for byte what buf generate writes`);
}

async function measureCurve() {
  const points = [];
  for (const size of [500, 1000, 2000, 4000, 7000]) {
    const root = join(base, `part-${size}`);
    const files = makePart(corpus, root, size);
    const part = readFileSync(join(root, leafOf(root)), "utf8");
    const cache = `cache-${size}`;
    const cold = await run(root, ["generate"], cache);
    await run(root, ["generate"], cache);
    const noChange: number[] = [];
    for (let index = 0; index < 5; index++) {
      noChange.push((await run(root, ["generate"], cache)).seconds);
    }
    const leafEdits: number[] = [];
    for (let index = 0; index < 3; index++) {
      writeFileSync(join(root, leafOf(root)), `${part}\nmessage BenchLeaf${index} {}\n`);
      leafEdits.push((await run(root, ["generate"], cache)).seconds);
    }
    points.push({ files, cold: cold.seconds, noChange: median(noChange), leaf: median(leafEdits) });
    console.error(
      `${files} files: cold ${cold.seconds.toFixed(2)} s, no change ${median(noChange).toFixed(3)} s, leaf ${median(leafEdits).toFixed(2)} s`,
    );
    rmSync(root, { recursive: true });
    rmSync(join(base, cache), { recursive: true });
  }
  return points;
}

/** A file that nothing imports, in every part. */
function leafOf(_root: string): string {
  return "proto/google/actions/sdk/v2/event_logs.proto";
}

function report(): void {
  const table = [
    `| case | median | ratio to buf generate (${reference.toFixed(0)} s) | peak memory | processes below | runs |`,
    "|---|---|---|---|---|---|",
    ...rows.map(
      ({ name, seconds, ratio, peakMb, children, runs }) =>
        `| ${name} | ${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`} | ${name.startsWith("this") ? "" : `${ratio >= 100 ? Math.round(ratio) : ratio.toFixed(1)}×`} | ${Math.round(peakMb)} MB | ${children} | ${runs} |`,
    ),
    "",
    ...(curve.length === 0
      ? []
      : [
          "| .proto files | cold | no change | leaf edit |",
          "|---|---|---|---|",
          ...curve.map(
            ({ files, cold, noChange, leaf: edited }) =>
              `| ${files} | ${cold.toFixed(2)} s | ${Math.round(noChange * 1000)} ms | ${Math.round(edited * 1000)} ms |`,
          ),
        ]),
  ];
  console.log(table.join("\n"));
  if (flags.json !== undefined) {
    writeFileSync(flags.json, `${JSON.stringify({ reference, rows, curve }, null, 2)}\n`);
  }
  if (flags.svg !== undefined && curve.length > 0) {
    const series = (key: "cold" | "noChange" | "leaf") =>
      curve.map((point): [number, number] => [point.files, point[key]]);
    writeFileSync(
      flags.svg,
      drawCurve([
        { name: "cold", color: "#cf222e", points: series("cold") },
        { name: "leaf edit", color: "#9a6700", points: series("leaf") },
        { name: "no change", color: "#1a7f37", points: series("noChange") },
      ]),
    );
  }
}
