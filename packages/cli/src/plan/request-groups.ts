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

const wellKnown = new Set(
  "any api compiler/plugin cpp_features descriptor duration empty field_mask go_features java_features source_context struct timestamp type wrappers"
    .split(" ")
    .map((name) => `google/protobuf/${name}.proto`),
);

/** Whether the file is one of those of Protobuf itself that compilers and runtimes carry: buf's own list. */
export function isWellKnown(path: string): boolean {
  return wellKnown.has(path);
}

function byDirectory(targets: readonly string[]): string[][] {
  const groups = Map.groupBy(targets, (path) => posix.dirname(path));
  return [...groups.keys()].sort().map((directory) => groups.get(directory) ?? []);
}
