import type { ImportGraph, ProtoFile } from "../graph/import-graph.ts";
import { isWithin } from "../io/files.ts";
import type { InputConfig } from "../workspace/buf-gen-yaml.ts";

/** The import paths that an input selects, sorted: the files that buf would generate code for. */
export function selectTargets(graph: ImportGraph, input: InputConfig): string[] {
  return [...graph.files.values()]
    .filter((file) => isSelected(file, input))
    .map((file) => file.path)
    .sort();
}

function isSelected({ file }: ProtoFile, input: InputConfig): boolean {
  return (
    isWithin(file, input.directory) &&
    (input.paths.length === 0 || input.paths.some((path) => isWithin(file, path))) &&
    !input.excludePaths.some((path) => isWithin(file, path))
  );
}
