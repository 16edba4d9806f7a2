import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../errors.ts";
import type { InstalledPackage } from "../execute/npm-lookup.ts";
import { isRegularFile, walk } from "../io/files.ts";
import type { VendorPackage } from "../workspace/wirehouse-yaml.ts";
import { cleanPath } from "./clean-path.ts";
import type { ProtoSource } from "./vendor-input.ts";

/**
 * Every .proto text of an installed package by import path: those below `root`, and the renamed ones.
 * Nested node_modules are other packages and are left out. Only names are read here.
 * @throws WirehouseError CONFIG when `root` or a renamed file does not exist, or a path leads out of its folder
 */
export function packageSources(config: VendorPackage, installed: InstalledPackage): Map<string, ProtoSource> {
  const root = inside(config, config.root, ["root"]);
  const base = join(installed.directory, root);
  const renamed = Object.entries(config.rename).map(([file, importPath]) => ({
    file: inside(config, file, ["rename", file]),
    importPath: protoPath(config, importPath, ["rename", file]),
    key: file,
  }));
  const moved = new Set(renamed.map(({ file }) => file));
  const found = walk(base, (directory) => /(^|\/)node_modules$/.test(directory))
    .filter((entry) => entry.kind === "file" && entry.path.endsWith(".proto"))
    .map((entry) => ({ importPath: entry.path, file: root === "." ? entry.path : `${root}/${entry.path}` }))
    .filter(({ file }) => !moved.has(file));
  for (const { file, key } of renamed) {
    if (!isRegularFile(join(installed.directory, file))) {
      throw failure("CONFIG", `${config.name} ${installed.manifest.version ?? ""} has no file ${file}`, {
        ...config.locate(["rename", key]),
        help: "the left side of `rename` is a file inside the package, relative to its root",
      });
    }
  }
  return new Map(
    [...found, ...renamed].map(({ importPath, file }) => [
      importPath,
      {
        file,
        read: () => readFileSync(join(installed.directory, file), "utf8").replaceAll("\r\n", "\n"),
      },
    ]),
  );
}

/** An import path as wirehouse.yaml may name one: it becomes a file of the vendor folder. */
export function protoPath(config: VendorPackage, path: string, keys: readonly PropertyKey[]): string {
  if (cleanPath(path) !== path || !path.endsWith(".proto")) {
    throw failure("CONFIG", `${path} is no import path of a .proto file`, {
      ...config.locate(keys),
      help: "write it as in an `import` statement: relative, without `.` and `..`, with forward slashes",
    });
  }
  return path;
}

function inside(config: VendorPackage, path: string, keys: readonly PropertyKey[]): string {
  const clean = cleanPath(path);
  if (clean === undefined) {
    throw failure("CONFIG", `${path} leads out of its folder`, {
      ...config.locate(keys),
      help: "write a relative path without `..`, with forward slashes",
    });
  }
  return clean;
}
