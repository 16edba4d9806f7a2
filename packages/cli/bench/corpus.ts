import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ImportGraph } from "../src/graph/import-graph.ts";
import { listSources } from "../src/graph/list-protos.ts";
import { scanSources } from "../src/graph/scan-sources.ts";

const cliDirectory = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What does not compile in google-proto-files 6.0.1. */
const broken = ["google/protobuf/util", "google/protobuf/compiler/ruby"];

/** Copies the protos of npm's google-proto-files into a new workspace with protoc-gen-es, as js+dts. */
export function makeCorpus(root: string): void {
  const source = realpathSync(join(cliDirectory, "node_modules/google-proto-files"));
  for (const folder of ["gapic", "google", "grafeas"]) {
    cpSync(join(source, folder), join(root, "proto", folder), { recursive: true });
  }
  for (const folder of broken) {
    rmSync(join(root, "proto", folder), { recursive: true });
  }
  writeSetup(root);
}

/**
 * A workspace with `count` files of the corpus, closed under imports: in the order of their paths, each file
 * with all that it imports.
 */
export function makePart(corpus: string, root: string, count: number): number {
  const modules = [{ path: "proto", includes: [], excludes: [] }];
  const sources = scanSources(corpus, listSources(corpus, modules), () => undefined);
  const graph = new ImportGraph(sources.map((entry) => entry.proto));
  const chosen = new Set<string>();
  for (const path of [...graph.files.keys()].sort()) {
    if (chosen.size >= count) {
      break;
    }
    for (const needed of graph.closure(path)) {
      if (graph.get(needed) !== undefined) {
        chosen.add(needed);
      }
    }
  }
  for (const path of chosen) {
    mkdirSync(dirname(join(root, "proto", path)), { recursive: true });
    cpSync(join(corpus, "proto", path), join(root, "proto", path));
  }
  writeSetup(root);
  return chosen.size;
}

function writeSetup(root: string): void {
  const names = ["@bufbuild/buf", "@bufbuild/protoc-gen-es"];
  writeFileSync(join(root, "buf.yaml"), "version: v2\nmodules:\n  - path: proto\n");
  writeFileSync(
    join(root, "buf.gen.yaml"),
    "version: v2\nplugins:\n  - local: protoc-gen-es\n    out: gen\n    opt: target=js+dts\n",
  );
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, "*"])) }),
  );
  for (const name of names) {
    const link = join(root, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(cliDirectory, "node_modules", name)), link, "dir");
  }
}

/** How many files a folder holds. */
export function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length;
}
