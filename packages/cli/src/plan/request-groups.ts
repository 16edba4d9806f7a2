import { posix } from "node:path";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";

/** The files that one request asks one plugin to generate. */
export interface RequestGroup {
  /** Import paths, in no particular order. */
  readonly generate: readonly string[];
}

/**
 * Divides the targets of a plugin into requests as buf does: one a directory, or one for all. With
 * `include_imports`, an import is generated with the first directory that needs it, unless it is a target itself.
 *
 * @param closure the import paths a file needs, itself included, in the order of the image
 */
export function requestGroups(
  plugin: Pick<PluginConfig, "strategy" | "includeImports" | "includeWkt">,
  targets: readonly string[],
  closure: (paths: readonly string[]) => readonly string[],
): RequestGroup[] {
  const groups = plugin.strategy === "all" ? (targets.length === 0 ? [] : [targets]) : byDirectory(targets);
  if (!plugin.includeImports) {
    return groups.map((generate) => ({ generate }));
  }
  const used = new Set(targets);
  return groups.map((group) => {
    const imports = closure(group).filter(
      (path) => !used.has(path) && (plugin.includeWkt || !isWellKnown(path)),
    );
    for (const path of imports) {
      used.add(path);
    }
    return { generate: [...group, ...imports] };
  });
}

/** Whether the file belongs to Protobuf itself: compilers and runtimes carry these. */
export function isWellKnown(path: string): boolean {
  return path.startsWith("google/protobuf/");
}

function byDirectory(targets: readonly string[]): string[][] {
  const groups = Map.groupBy(targets, (path) => posix.dirname(path));
  return [...groups.keys()].sort().map((directory) => groups.get(directory) ?? []);
}
