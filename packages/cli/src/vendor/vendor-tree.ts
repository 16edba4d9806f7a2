import { readFileSync } from "node:fs";
import { join } from "node:path";
import { walk } from "../io/files.ts";
import { compareText } from "../report/finding.ts";

/** What is in the vendor folder now. Reads only. */
export interface VendorTree {
  /** Everything that is no directory, sorted. */
  readonly paths: readonly string[];
  /** The content of a regular file; `undefined` where there is none. */
  text(path: string): string | undefined;
  /** Whether there is a regular file with exactly this text. */
  has(path: string, text: string): boolean;
  /** Whether something other than a regular file, such as a symbolic link, stands at the path. */
  isForeign(path: string): boolean;
}

export function readVendorTree(root: string, out: string): VendorTree {
  const folder = join(root, out);
  const kinds = new Map(walk(folder).map((entry) => [entry.path, entry.kind]));
  const bytes = (path: string) => (kinds.get(path) === "file" ? readFileSync(join(folder, path)) : undefined);
  return {
    paths: [...kinds.keys()].sort(compareText),
    text: (path) => bytes(path)?.toString("utf8"),
    has: (path, text) => bytes(path)?.equals(Buffer.from(text)) ?? false,
    isForeign: (path) => kinds.has(path) && kinds.get(path) !== "file",
  };
}
