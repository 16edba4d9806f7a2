import { hash } from "node:crypto";
import type { ImportGraph } from "./import-graph.ts";

/**
 * A digest for each file that changes exactly when the file, or anything it imports directly or not, changes
 * in a byte, is renamed, or is provided by something else. A Merkle hash over the import graph, so that it
 * costs one visit a file; files of an import cycle, which do not compile, share the digest of their closure.
 *
 * `external` stands for all that the workspace does not provide: the version of buf and of its lock file.
 */
export function closureDigests(graph: ImportGraph, external: string): Map<string, string> {
  const digests = new Map<string, string>();
  const visiting = new Set<string>();

  const visit = (path: string): string => {
    const known = digests.get(path);
    if (known !== undefined) {
      return known;
    }
    const file = graph.get(path);
    if (file === undefined) {
      return remember(path, digestOf(["external", path, external]));
    }
    if (visiting.has(path)) {
      const members = [...graph.closure(path)].sort();
      return digestOf([
        "cycle",
        ...members.flatMap((member) => [member, graph.get(member)?.digest ?? external]),
      ]);
    }
    visiting.add(path);
    const imports = file.imports.map((found) => visit(found.path));
    visiting.delete(path);
    return remember(path, digestOf(["file", path, file.digest, ...imports]));
  };
  const remember = (path: string, digest: string) => {
    digests.set(path, digest);
    return digest;
  };

  for (const path of graph.files.keys()) {
    visit(path);
  }
  return digests;
}

/** SHA-256 over a list of strings, each set apart by its length, hex. */
export function digestOf(parts: readonly string[]): string {
  return hash("sha256", parts.map((part) => `${part.length}:${part}`).join(""));
}
