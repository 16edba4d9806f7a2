import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** Marks a file that is being written. A crash leaves it behind; the next run takes it away. */
export const temporarySuffix = ".wirehouse-tmp";

let counter = 0;

/**
 * Writes a file so that it is never seen in part: a temporary file beside it, then a rename. Makes the
 * folders it needs. On failure the old file is as it was and nothing else is left.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}-${counter++}${temporarySuffix}`;
  try {
    const descriptor = openWithFolders(temporary);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done);
      }
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (reason) {
    rmSync(temporary, { force: true });
    throw reason;
  }
}

function openWithFolders(path: string): number {
  try {
    return openSync(path, "wx");
  } catch (reason) {
    if (systemErrorCode(reason) !== "ENOENT") {
      throw reason;
    }
    makeFolder(dirname(path));
    return openSync(path, "wx");
  }
}

/** As mkdir with `recursive`, which says ENOENT where the file system is read-only: this says why. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (reason) {
    const code = systemErrorCode(reason);
    if (code === "ENOENT" && dirname(path) !== path) {
      makeFolder(dirname(path));
      makeFolder(path);
    } else if (code !== "EEXIST") {
      throw reason;
    }
  }
}
