import * as v from "valibot";
import { failure } from "../errors.ts";
import { refuseV1 } from "./buf-yaml.ts";
import { validateYaml, type YamlFile } from "./yaml-file.ts";

/** A plugin as buf.gen.yaml or a rule of wirehouse.yaml names it. */
export interface PluginConfig {
  /** The name or path of the program, then its arguments. */
  readonly command: readonly string[];
  /** Output folder, relative to the workspace root, forward slashes. */
  readonly out: string;
  /** Options as they stand in the file, one an entry. Joined with commas on the wire. */
  readonly opt: readonly string[];
  readonly strategy: "directory" | "all";
  readonly includeImports: boolean;
  readonly includeWkt: boolean;
  /** Where it is declared, for messages. */
  readonly origin: { readonly path: string; readonly line?: number; readonly column?: number };
}

/** A local directory to generate from, with buf's own path filters. */
export interface InputConfig {
  readonly directory: string;
  readonly paths: readonly string[];
  readonly excludePaths: readonly string[];
  /** Where it is declared; `undefined` where there is no `inputs` and all modules are meant. */
  readonly origin?: PluginConfig["origin"] | undefined;
}

export interface BufGenYaml {
  readonly plugins: readonly PluginConfig[];
  readonly inputs: readonly InputConfig[];
  /** `clean: true` gives the output folders to the tool: all that a run does not produce there is removed. */
  readonly clean: boolean;
  /** The `managed` block as it stands, where it is enabled: it changes descriptors, so it is part of every key. */
  readonly managed: unknown;
}

const strings = v.union([v.string(), v.array(v.string())]);

/** The keys that buf.gen.yaml and a rule of wirehouse.yaml share. */
export const pluginEntries = {
  local: v.optional(strings),
  out: v.string(),
  opt: v.optional(v.nullable(strings)),
  strategy: v.optional(v.picklist(["directory", "all"])),
  include_imports: v.optional(v.boolean()),
  include_wkt: v.optional(v.boolean()),
};

const schema = v.strictObject({
  version: v.literal("v2"),
  clean: v.optional(v.boolean()),
  managed: v.optional(v.unknown()),
  plugins: v.array(
    v.strictObject({
      ...pluginEntries,
      remote: v.optional(v.string()),
      revision: v.optional(v.number()),
      protoc_builtin: v.optional(v.string()),
      protoc_path: v.optional(strings),
      types: v.optional(v.array(v.string())),
      exclude_types: v.optional(v.array(v.string())),
    }),
  ),
  inputs: v.optional(
    v.nullable(
      v.array(
        v.looseObject({
          directory: v.optional(v.string()),
          paths: v.optional(v.array(v.string())),
          exclude_paths: v.optional(v.array(v.string())),
        }),
      ),
    ),
  ),
});

/** @throws WirehouseError CONFIG, also for what only buf's registry or protoc can do. */
export function parseBufGenYaml(file: YamlFile): BufGenYaml {
  refuseV1(file);
  const value = validateYaml(file, schema);
  return {
    plugins: value.plugins.map((plugin, index) => {
      const keys = ["plugins", index];
      for (const key of ["remote", "protoc_builtin", "types", "exclude_types"] as const) {
        if (plugin[key] !== undefined) {
          throw failure("CONFIG", `"${key}" is not supported: ${unsupported[key].why}`, {
            ...file.locate([...keys, key]),
            help: unsupported[key].help,
          });
        }
      }
      return toPluginConfig(file, keys, plugin);
    }),
    inputs: (value.inputs ?? [{}]).map((input, index) => toInput(file, index, input)),
    clean: value.clean ?? false,
    managed: isEnabled(value.managed) ? value.managed : undefined,
  };
}

const unsupported = {
  remote: {
    why: "a remote plugin runs on a registry, and a run must need nothing but this machine",
    help: "install the plugin from npm (or put it on PATH) and name it with `local:`",
  },
  protoc_builtin: {
    why: "generators built into protoc are not run",
    help: "run plain `buf generate` with a template of its own for this plugin",
  },
  types: {
    why: "type filters of a plugin are not applied",
    help: "select files with a rule in wirehouse.yaml",
  },
  exclude_types: {
    why: "type filters of a plugin are not applied",
    help: "select files with a rule in wirehouse.yaml",
  },
};

/** Turns one validated entry into a plugin. Shared with the rules of wirehouse.yaml. */
export function toPluginConfig(
  file: YamlFile,
  keys: readonly PropertyKey[],
  entry: v.InferOutput<v.StrictObjectSchema<typeof pluginEntries, undefined>>,
): PluginConfig {
  const origin = originOf(file, keys);
  const command = typeof entry.local === "string" ? [entry.local] : (entry.local ?? []);
  if (command.length === 0 || command[0] === "") {
    throw failure("CONFIG", "a plugin needs `local`: the name or path of its program", {
      ...file.locate(keys),
    });
  }
  if (/\.(jar|zip)$/.test(entry.out)) {
    throw failure("CONFIG", `"out: ${entry.out}": output into an archive is not supported`, {
      ...file.locate([...keys, "out"]),
      help: "name a folder",
    });
  }
  const out = normalizeOut(entry.out);
  if (out === undefined) {
    throw failure("CONFIG", `"out: ${entry.out}" is outside the workspace`, {
      ...file.locate([...keys, "out"]),
      help: "name a folder inside the workspace, relative to its root",
    });
  }
  return {
    command,
    out,
    opt: (typeof entry.opt === "string" ? [entry.opt] : (entry.opt ?? [])).filter((opt) => opt !== ""),
    strategy: entry.strategy ?? "directory",
    includeImports: entry.include_imports ?? false,
    includeWkt: entry.include_wkt ?? false,
    origin,
  };
}

function originOf(file: YamlFile, keys: readonly PropertyKey[]): PluginConfig["origin"] {
  const { line, column } = file.locate(keys);
  return { path: file.path, ...(line && { line }), ...(column && { column }) };
}

function toInput(
  file: YamlFile,
  index: number,
  input: {
    directory?: string | undefined;
    paths?: string[] | undefined;
    exclude_paths?: string[] | undefined;
  },
): InputConfig {
  const keys = ["inputs", index];
  for (const key of Object.keys(input)) {
    if (key !== "directory" && key !== "paths" && key !== "exclude_paths") {
      throw failure("CONFIG", `"${key}" of an input is not supported`, {
        ...file.locate([...keys, key]),
        help: "the keys allowed here are directory, paths, exclude_paths; for other inputs run plain `buf generate`",
      });
    }
  }
  const directory = normalizeOut(input.directory ?? ".");
  if (directory === undefined) {
    throw failure("CONFIG", `"directory: ${input.directory}" is outside the workspace`, {
      ...file.locate([...keys, "directory"]),
    });
  }
  const normalize = (path: string) => normalizeOut(path) ?? path;
  return {
    directory,
    paths: (input.paths ?? []).map(normalize),
    excludePaths: (input.exclude_paths ?? []).map(normalize),
    origin: originOf(file, keys),
  };
}

/** A clean relative path with forward slashes, or `undefined` if it leaves the workspace. */
function normalizeOut(path: string): string | undefined {
  if (/^([a-zA-Z]:)?[\\/]/.test(path)) {
    return undefined;
  }
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) {
        return undefined;
      }
    } else if (part !== "" && part !== ".") {
      parts.push(part);
    }
  }
  return parts.length === 0 ? "." : parts.join("/");
}

function isEnabled(managed: unknown): boolean {
  return typeof managed === "object" && managed !== null && "enabled" in managed && managed.enabled === true;
}
