import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "./run.ts";

/** Folders of the packages, ours and generated ones, that are published. */
export function publishable(root: string): string[] {
  const generated = readdirSync(join(root, "gen/ts"), { recursive: true, encoding: "utf8" })
    .filter((path) => basename(path) === "package.json" && !path.includes("node_modules"))
    .map((path) => `gen/ts/${dirname(path)}`);
  return [...readdirSync(join(root, "packages")).map((name) => `packages/${name}`), ...generated].filter(
    (folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
        private?: boolean;
      };
      return manifest.private !== true;
    },
  );
}

/** Builds (`prepack`) and packs as `pnpm publish` would: with publishConfig and catalog versions applied. */
export function pack(root: string, folder: string, target: string): string {
  const before = new Set(readdirSync(target));
  run("pnpm", ["pack", "--pack-destination", target], join(root, folder));
  const name = readdirSync(target).find((file) => file.endsWith(".tgz") && !before.has(file));
  if (name === undefined) {
    throw new Error("pnpm pack left no tarball");
  }
  return join(target, name);
}
