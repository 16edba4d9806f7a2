import picomatch from "picomatch";
import type { ImportGraph } from "../graph/import-graph.ts";
import type { Rule } from "../workspace/wirehouse-yaml.ts";

/** The targets that a rule selects: those at one of its paths, and those that import one of its imports. */
export function selectByRule(rule: Rule, graph: ImportGraph, targets: readonly string[]): string[] {
  const atPath = matcher(rule.paths);
  const isWanted = matcher(rule.imports);
  return targets.filter(
    (path) => atPath(path) || (graph.get(path)?.imports ?? []).some((found) => isWanted(found.path)),
  );
}

function matcher(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs], { dot: true });
}
