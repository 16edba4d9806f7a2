import * as fc from "fast-check";
import { ImportGraph } from "./import-graph.ts";

/** Import lists by path; "public x" for a public import. */
export type GraphShape = Readonly<Record<string, readonly string[]>>;

/** A graph of the shape. Each file's digest is its path, unless `digests` names another. */
export function graphOf(
  shape: GraphShape,
  digests: Readonly<Record<string, string>> = {},
  declares: Readonly<Record<string, readonly [packageName: string, symbols: string]>> = {},
): ImportGraph {
  return new ImportGraph(
    Object.entries(shape).map(([path, imports]) => ({
      path,
      file: `proto/${path}`,
      module: "proto",
      digest: digests[path] ?? path,
      package: declares[path]?.[0] ?? "p",
      symbols: declares[path]?.[1] ?? "",
      mentionsSourceRetention: false,
      imports: imports.map((found) =>
        found.startsWith("public ")
          ? { path: found.slice("public ".length), kind: "public" as const }
          : { path: found, kind: "normal" as const },
      ),
    })),
  );
}

/** Any small graph, with cycles and with imports that nothing provides. */
export function anyGraph(): fc.Arbitrary<GraphShape> {
  const names = ["a", "b", "c", "d", "e"];
  const imports = fc.uniqueArray(fc.constantFrom(...names, "external"), { maxLength: 3 });
  return fc
    .tuple(...names.map(() => imports))
    .map((lists) => Object.fromEntries(names.map((name, index) => [name, lists[index] ?? []])));
}
