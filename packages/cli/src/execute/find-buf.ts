import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { failure } from "../errors.ts";
import { findPackage, type InstalledPackage } from "./npm-lookup.ts";
import { findOnPath } from "./path-lookup.ts";

export interface BufProgram {
  /** Absolute path of the native program, not of the script that npm links: that one costs a Node.js start. */
  readonly file: string;
  /** The version of the npm package; `undefined` for a program found on PATH. */
  readonly version: string | undefined;
}

/**
 * Finds buf: the one that the workspace depends on, else the one that this package depends on, else PATH.
 * @throws WirehouseError BUF when there is none
 */
export function findBuf(root: string): BufProgram {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const from of [root, here]) {
    const owner = findPackage(from, "@bufbuild/buf");
    const file = owner && nativeProgram(owner);
    if (file !== undefined) {
      return { file, version: owner?.manifest.version };
    }
  }
  const file = findOnPath("buf", process.env.PATH ?? "");
  if (file === undefined) {
    throw failure("BUF", "buf was not found", { help: "install it: `npm install --save-dev @bufbuild/buf`" });
  }
  return { file, version: undefined };
}

/** @bufbuild/buf has one optional dependency a platform, which carries the program. */
function nativeProgram(owner: InstalledPackage): string | undefined {
  const platform = `@bufbuild/buf-${process.platform}-`;
  const arch = { x64: ["x64"], arm64: ["arm64", "aarch64"], arm: ["armv7"] }[process.arch as string] ?? [];
  for (const name of arch.map((suffix) => platform + suffix)) {
    const directory = findPackage(owner.directory, name)?.directory;
    const file = directory && join(directory, "bin", process.platform === "win32" ? "buf.exe" : "buf");
    if (file !== undefined && existsSync(file)) {
      return file;
    }
  }
  return undefined;
}
