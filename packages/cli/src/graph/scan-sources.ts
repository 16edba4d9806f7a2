import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Stamp, sameStamp, stampOf } from "../io/stamps.ts";
import type { ProtoModule } from "../workspace/buf-yaml.ts";
import type { ProtoFile } from "./import-graph.ts";
import { listProtos } from "./list-protos.ts";
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

/** Finds every .proto file of the modules. Only files that are new or changed since the memo are read. */
export function scanSources(
  root: string,
  modules: readonly ProtoModule[],
  memo: (file: string) => SourceMemo | undefined,
): ScannedSource[] {
  return modules.flatMap((module) =>
    listProtos(root, module).map((path) => scanFile(root, module, path, memo)),
  );
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
