import { failure } from "../errors.ts";
import type { ImportGraph, ProtoFile } from "../graph/import-graph.ts";
import { isWithin } from "../io/files.ts";
import type { InputConfig } from "../workspace/buf-gen-yaml.ts";
import type { ProtoModule } from "../workspace/buf-yaml.ts";

/**
 * The import paths that an input selects, sorted: the files that buf would generate code for. As in buf, `paths`
 * and `exclude_paths` are relative to the workspace root, whatever the input's directory.
 * @throws WirehouseError CONFIG for a part of a module, PROTO for an input that selects nothing, as buf refuses both
 */
export function selectTargets(
  graph: ImportGraph,
  modules: readonly ProtoModule[],
  input: InputConfig,
): string[] {
  const { directory } = input;
  const outer = modules.find(({ path }) => path !== directory && isWithin(directory, path));
  if (outer !== undefined) {
    throw failure("CONFIG", `"directory: ${directory}" is a part of the module ${outer.path}`, {
      ...input.origin,
      help: `write \`directory: .\` and \`paths: [${directory}]\``,
    });
  }
  const targets = [...graph.files.values()].filter((file) => isSelected(file, input));
  if (targets.length === 0) {
    throw failure("PROTO", "there is no .proto file to generate from", {
      ...(input.origin ?? { path: "buf.yaml" }),
      help: "check the module paths in buf.yaml, and `inputs` in buf.gen.yaml",
    });
  }
  return targets.map((file) => file.path).sort();
}

function isSelected({ file }: ProtoFile, input: InputConfig): boolean {
  return (
    isWithin(file, input.directory) &&
    (input.paths.length === 0 || input.paths.some((path) => isWithin(file, path))) &&
    !input.excludePaths.some((path) => isWithin(file, path))
  );
}
