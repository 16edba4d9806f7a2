import { compareText } from "../report/finding.ts";

/** A file that an output folder should hold. */
export interface DesiredFile {
  readonly digest: string;
  /** The unit that makes it; `undefined` for files of packages, which are derived. */
  readonly unit: string | undefined;
}

export interface TreeChange {
  readonly path: string;
  readonly kind: "create" | "update" | "remove";
}

/**
 * What separates the output folders from what they should be, sorted by path.
 *
 * @param actual digest of the file at a path, `undefined` where there is none
 * @param present all paths in the output folders
 * @param isOrphan whether a path that no unit makes may be taken away
 */
export function diffTree(
  desired: ReadonlyMap<string, DesiredFile>,
  actual: (path: string) => string | undefined,
  present: readonly string[],
  isOrphan: (path: string) => boolean,
): TreeChange[] {
  const changes: TreeChange[] = [];
  const there = new Set(present);
  for (const [path, file] of desired) {
    const digest = actual(path);
    if (digest !== file.digest) {
      changes.push({ path, kind: there.has(path) ? "update" : "create" });
    }
  }
  for (const path of present) {
    if (!desired.has(path) && isOrphan(path)) {
      changes.push({ path, kind: "remove" });
    }
  }
  return changes.sort((a, b) => compareText(a.path, b.path));
}
