import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { failure } from "../errors.ts";
import { type BufGenYaml, parseBufGenYaml } from "./buf-gen-yaml.ts";
import { type BufYaml, parseBufYaml } from "./buf-yaml.ts";
import { emptyWirehouseYaml, parseWirehouseYaml, type WirehouseYaml } from "./wirehouse-yaml.ts";
import { readYamlFile } from "./yaml-file.ts";

/** The three configuration files, validated. Everything else of a command is derived from this and the tree. */
export interface Workspace {
  /** Absolute, symbolic links resolved. Never part of a key or an output. */
  readonly root: string;
  readonly buf: BufYaml;
  readonly wirehouse: WirehouseYaml;
}

export interface GenerateWorkspace extends Workspace {
  readonly gen: BufGenYaml;
}

/**
 * Loads the workspace whose root is `directory`.
 * @throws WirehouseError USAGE when the directory is no workspace root, CONFIG when a file in it is wrong
 */
export function loadWorkspace(directory: string): Workspace {
  const root = resolveRoot(directory);
  const bufFile = readYamlFile(root, "buf.yaml");
  if (bufFile === undefined) {
    throw noBufYaml(root);
  }
  const wirehouseFile = readYamlFile(root, "wirehouse.yaml");
  return {
    root,
    buf: parseBufYaml(bufFile),
    wirehouse: wirehouseFile === undefined ? emptyWirehouseYaml : parseWirehouseYaml(wirehouseFile),
  };
}

/** As {@link loadWorkspace}, with buf.gen.yaml, which must exist. */
export function loadGenerateWorkspace(directory: string): GenerateWorkspace {
  const workspace = loadWorkspace(directory);
  const file = readYamlFile(workspace.root, "buf.gen.yaml");
  if (file === undefined) {
    throw failure("CONFIG", "there is no buf.gen.yaml: nothing says which plugins to run", {
      path: "buf.gen.yaml",
      help: "write one, as for `buf generate`: https://buf.build/docs/configuration/v2/buf-gen-yaml/",
    });
  }
  return { ...workspace, gen: parseBufGenYaml(file) };
}

function resolveRoot(directory: string): string {
  const absolute = resolve(directory);
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) {
    throw failure("USAGE", `${directory} is not a directory`, { help: "pass an existing one with --cwd" });
  }
  return realpathSync(absolute);
}

function noBufYaml(root: string) {
  const above = ancestors(root).find((directory) => existsSync(join(directory, "buf.yaml")));
  if (above !== undefined) {
    return failure("USAGE", `there is no buf.yaml in ${root}: this is not the root of the workspace`, {
      help: `run it in ${above}, or pass --cwd ${above}`,
    });
  }
  const v1 = existsSync(join(root, "buf.work.yaml"));
  return failure(
    "USAGE",
    `there is no buf.yaml in ${root}${v1 ? ", only a buf.work.yaml of version v1" : ""}`,
    {
      help: v1
        ? "run `buf config migrate`: it writes one buf.yaml of version v2 for the whole workspace"
        : "run it in the root of a buf workspace, or pass --cwd; `buf config init` starts one",
    },
  );
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [] : [parent, ...ancestors(parent)];
}
