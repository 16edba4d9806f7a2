import { posix } from "node:path";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";

/** The files that one request asks one plugin to generate. */
export interface RequestGroup {
  /** Import paths, in no particular order. */
  readonly generate: readonly string[];
  /** The files that the order of the request starts from. */
  readonly roots: readonly string[];
}

/**
 * Divides the targets of a plugin into requests as buf does: one a directory, or one for all. With
 * `include_imports`, imports are generated as if they were targets.
 *
 * @param closure the import paths a file needs, itself included, in the order of the image
 */
export function requestGroups(
  plugin: Pick<PluginConfig, "strategy" | "includeImports" | "includeWkt">,
  targets: readonly string[],
  closure: (paths: readonly string[]) => readonly string[],
): RequestGroup[] {
  const imports = plugin.includeImports
    ? closure(targets).filter((path) => plugin.includeWkt || !isWellKnown(path))
    : [];
  const generate = [...new Set([...targets, ...imports])];
  if (generate.length === 0) {
    return [];
  }
  return plugin.strategy === "all"
    ? [{ generate, roots: targets }]
    : byDirectory(generate).map((group) => ({ generate: group, roots: group }));
}

/** The files of Protobuf itself that compilers and runtimes carry, buf's own list, each with what it imports. */
const wellKnown: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    any: [],
    api: ["source_context", "type"],
    "compiler/plugin": ["descriptor"],
    cpp_features: ["descriptor"],
    descriptor: [],
    duration: [],
    empty: [],
    field_mask: [],
    go_features: ["descriptor"],
    java_features: ["descriptor"],
    source_context: [],
    struct: [],
    timestamp: [],
    type: ["any", "source_context"],
    wrappers: [],
  }).map(([name, imports]) => [pathOf(name), imports.map(pathOf)]),
);

function pathOf(name: string): string {
  return `google/protobuf/${name}.proto`;
}

/** Whether the file is one of those of Protobuf itself that compilers and runtimes carry. */
export function isWellKnown(path: string): boolean {
  return wellKnown.has(path);
}

/** What a file of Protobuf itself imports where no module provides it; nothing for any other. */
export function wellKnownImports(path: string): readonly string[] {
  return wellKnown.get(path) ?? [];
}

function byDirectory(targets: readonly string[]): string[][] {
  const groups = Map.groupBy(targets, (path) => posix.dirname(path));
  return [...groups.keys()].sort().map((directory) => groups.get(directory) ?? []);
}
