import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRegularFile, isWithin, walk } from "../io/files.ts";
import { type Stamp, sameStamp, stampOf } from "../io/stamps.ts";
import type { ProtoModule } from "../workspace/buf-yaml.ts";
import type { ProtoFile } from "./import-graph.ts";
import { type ProtoHeader, scanImports } from "./scan-imports.ts";

/** What an earlier run learnt of a file, good for as long as its stamp is the same. */
export interface SourceMemo extends ProtoHeader {
  readonly stamp: Stamp;
  readonly digest: string;
}

export interface ScannedSource {
  readonly proto: ProtoFile;
  readonly stamp: Stamp;
  /** Whether the file had to be read. */
  readonly isFresh: boolean;
}

/**
 * Finds every .proto file of the modules, as buf does: hidden and node_modules directories count, symbolic
 * links to files count, those to directories do not. Only files that are new or changed since the memo are read.
 */
export function scanSources(
  root: string,
  modules: readonly ProtoModule[],
  memo: (file: string) => SourceMemo | undefined,
): ScannedSource[] {
  return modules.flatMap((module) =>
    moduleFiles(root, module).map((path) => scanFile(root, module, path, memo)),
  );
}

function moduleFiles(root: string, module: ProtoModule): string[] {
  const base = join(root, module.path);
  const full = (path: string) => (module.path === "." ? path : `${module.path}/${path}`);
  const excluded = (path: string) => module.excludes.some((exclude) => isWithin(full(path), exclude));
  const included = (path: string) =>
    module.includes.length === 0 || module.includes.some((include) => isWithin(full(path), include));
  return walk(base, excluded)
    .filter((entry) => entry.path.endsWith(".proto") && entry.kind !== "other")
    .filter((entry) => !excluded(entry.path) && included(entry.path))
    .filter((entry) => entry.kind === "file" || isRegularFile(join(base, entry.path)))
    .map((entry) => entry.path);
}

function scanFile(
  root: string,
  module: ProtoModule,
  path: string,
  memo: (file: string) => SourceMemo | undefined,
): ScannedSource {
  const file = module.path === "." ? path : `${module.path}/${path}`;
  const absolute = join(root, file);
  const known = memo(file);
  const stamp = stampOf(absolute) ?? [0, 0, 0, 0];
  if (known !== undefined && sameStamp(known.stamp, stamp)) {
    const { stamp: _, ...memo } = known;
    return { stamp, isFresh: false, proto: { path, file, module: module.path, ...memo } };
  }
  const bytes = readFileSync(absolute);
  const header = scanImports(bytes.toString("utf8"));
  return {
    stamp,
    isFresh: true,
    proto: { path, file, module: module.path, digest: hash("sha256", bytes), ...header },
  };
}
