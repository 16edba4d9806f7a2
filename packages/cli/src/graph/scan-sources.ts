import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failure, systemErrorCode } from "../errors.ts";
import { type Stamp, sameStamp } from "../io/stamps.ts";
import type { ProtoFile } from "./import-graph.ts";
import type { ListedSource } from "./list-protos.ts";
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

/** Reads the .proto files that are new or changed since the memo; the others are known. */
export function scanSources(
  root: string,
  listed: readonly ListedSource[],
  memo: (file: string) => SourceMemo | undefined,
): ScannedSource[] {
  return listed.map((source) => scanFile(root, source, memo(source.file)));
}

function scanFile(
  root: string,
  { path, file, module, stamp }: ListedSource,
  known: SourceMemo | undefined,
): ScannedSource {
  if (known !== undefined && sameStamp(known.stamp, stamp)) {
    const { stamp: _, ...memo } = known;
    return { stamp, isFresh: false, proto: { path, file, module, ...memo } };
  }
  const bytes = readSource(root, file);
  const header = scanImports(bytes.toString("utf8"));
  return { stamp, isFresh: true, proto: { path, file, module, digest: hash("sha256", bytes), ...header } };
}

function readSource(root: string, file: string): Buffer {
  try {
    return readFileSync(join(root, file));
  } catch (reason) {
    if (systemErrorCode(reason) === "ENOENT") {
      throw failure("CHANGED", `${file} went away while the sources were being read`, {
        help: "run it again",
      });
    }
    throw reason;
  }
}
