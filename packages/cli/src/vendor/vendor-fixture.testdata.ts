import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { walk } from "../io/files.ts";

/** Files by path; an object becomes JSON. */
export type Files = Readonly<Record<string, string | object>>;

const cli = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** A temporary workspace, removed when the test is over. */
export function makeWorkspace(files: Files) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-vendor-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (more: Files) => {
    for (const [path, content] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
    }
  };
  write({ "buf.yaml": "version: v2\n", ...files });
  return {
    root,
    write,
    read: (path: string) => readFileSync(join(root, path), "utf8"),
    /** Every file below the folder with its content. */
    tree: (folder: string) =>
      Object.fromEntries(
        walk(join(root, folder))
          .map(({ path }) => [path, readFileSync(join(root, folder, path), "utf8")] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    /** Makes a package that this package depends on visible in the workspace, as installed. */
    link: (name: string) => {
      const path = join(root, "node_modules", name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(realpathSync(join(cli, "node_modules", name)), path, "dir");
    },
  };
}

/** The files of an installed npm package with a licence. */
export function npmPackage(name: string, version: string, files: Files): Files {
  const all: Files = { "package.json": { name, version }, LICENSE: `Licence of ${name}\n`, ...files };
  return Object.fromEntries(
    Object.entries(all).map(([path, content]) => [`node_modules/${name}/${path}`, content]),
  );
}

/** A proto3 file with the imports and one message. */
export function proto(packageName: string, imports: readonly string[], message = "M"): string {
  const lines = imports.map((path) => `import "${path}";\n`).join("");
  return `syntax = "proto3";\npackage ${packageName};\n${lines}message ${message} {}\n`;
}
