import { lstatSync } from "node:fs";
import { join } from "node:path";
import { failure, systemErrorCode } from "../errors.ts";
import { writeFileAtomic } from "../io/write-file.ts";

/**
 * Writes files that are not there yet: all of them or, where one is, none.
 * @throws WirehouseError USAGE when one exists, IO when one cannot be written
 */
export function writeNewFiles(root: string, files: ReadonlyMap<string, string>): void {
  for (const path of files.keys()) {
    if (lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined) {
      throw failure("USAGE", `${path} exists already: nothing was written`, {
        path,
        help: "choose another name, or delete the file first",
      });
    }
  }
  for (const [path, text] of files) {
    try {
      writeFileAtomic(join(root, path), text);
    } catch (reason) {
      throw failure("IO", `${path} could not be written (${systemErrorCode(reason) ?? reason})`, {
        path,
        cause: reason,
      });
    }
  }
}
