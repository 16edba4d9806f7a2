/** Two paths that cannot stand beside each other on every file system. */
export interface Overlap {
  readonly paths: readonly [string, string];
  readonly kind: "case" | "file and folder";
}

/**
 * The first two paths of which one differs from the other in case only, or of which one is a folder of the
 * other. The folders of paths count too: `A/x` and `a/y` are one folder on some file systems.
 */
export function findOverlap(paths: Iterable<string>): Overlap | undefined {
  const seen = new Map<string, { readonly path: string; readonly isFolder: boolean }>();
  const add = (path: string, isFolder: boolean): Overlap | "known" | undefined => {
    const folded = path.toLowerCase();
    const other = seen.get(folded);
    if (other === undefined) {
      seen.set(folded, { path, isFolder });
      return undefined;
    }
    if (other.path !== path) {
      return { paths: [other.path, path], kind: "case" };
    }
    return other.isFolder && isFolder ? "known" : { paths: [other.path, path], kind: "file and folder" };
  };
  for (const path of paths) {
    let result = add(path, false);
    for (
      let end = path.lastIndexOf("/");
      end > 0 && result === undefined;
      end = path.lastIndexOf("/", end - 1)
    ) {
      result = add(path.slice(0, end), true);
    }
    if (typeof result === "object") {
      return result.kind === "case"
        ? result
        : { ...result, paths: [result.paths[0], childOf(result.paths[0], paths)] };
    }
  }
  return undefined;
}

/** A path below the folder, for the message. */
function childOf(folder: string, paths: Iterable<string>): string {
  for (const path of paths) {
    if (path.startsWith(`${folder}/`)) {
      return path;
    }
  }
  return folder;
}
