import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** An entry found by {@link walk}. */
export interface WalkedFile {
  /** Relative to the walked directory, forward slashes. */
  readonly path: string;
  readonly kind: "file" | "symlink" | "other";
}

/**
 * All entries below a directory that are no directories, in no particular order. Directories are not entered
 * through symbolic links. A directory that does not exist has none.
 */
export function walk(root: string, skip: (directory: string) => boolean = () => false): WalkedFile[] {
  const found: WalkedFile[] = [];
  const stack = [""];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const entry of list(root, directory)) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skip(path)) {
          stack.push(path);
        }
      } else {
        found.push({ path, kind: entry.isFile() ? "file" : entry.isSymbolicLink() ? "symlink" : "other" });
      }
    }
  }
  return found;
}

function list(root: string, directory: string): Dirent[] {
  try {
    return readdirSync(directory === "" ? root : join(root, directory), { withFileTypes: true });
  } catch (reason) {
    if (systemErrorCode(reason) === "ENOENT" || systemErrorCode(reason) === "ENOTDIR") {
      return [];
    }
    throw reason;
  }
}

/** Whether the path leads, through symbolic links or not, to a regular file. */
export function isRegularFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** What stands at a path, a link for itself; `undefined` where there is nothing, also below a file. */
export function statsAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (reason) {
    if (systemErrorCode(reason) === "ENOTDIR") {
      return undefined;
    }
    throw reason;
  }
}

/** Whether `path` is `directory` or below it. Both clean, relative, with forward slashes. */
export function isWithin(path: string, directory: string): boolean {
  return directory === "." || path === directory || path.startsWith(`${directory}/`);
}
