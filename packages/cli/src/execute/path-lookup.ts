import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { isRegularFile } from "../io/files.ts";

/** Finds a program in the directories of a PATH value. */
export function findOnPath(program: string, path: string): string | undefined {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ".bat", ""] : [""];
  for (const directory of path.split(delimiter).filter((entry) => entry !== "")) {
    for (const ending of endings) {
      const file = join(directory, program + ending);
      if (isExecutable(file)) {
        return file;
      }
    }
  }
  return undefined;
}

export function isExecutable(file: string): boolean {
  if (!isRegularFile(file)) {
    return false;
  }
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
