import type { ImportGraph } from "./import-graph.ts";

/** A name that two files of one package declare. */
export interface DuplicateSymbol {
  /** Fully qualified. */
  readonly name: string;
  readonly files: readonly [first: string, second: string];
}

/**
 * Names that are declared twice among the given files. Files that do not import each other can be compiled
 * apart without this showing, but not together, as a run from scratch does.
 */
export function duplicateSymbols(graph: ImportGraph, paths: Iterable<string>): DuplicateSymbol[] {
  const owners = new Map<string, string>();
  const duplicates: DuplicateSymbol[] = [];
  for (const path of paths) {
    const file = graph.get(path);
    for (const symbol of file?.symbols.split(" ") ?? []) {
      const name = file?.package ? `${file.package}.${symbol}` : symbol;
      const other = owners.get(name);
      if (other === undefined) {
        owners.set(name, path);
      } else if (other !== path && symbol !== "") {
        duplicates.push({ name, files: [other, path] });
      }
    }
  }
  return duplicates;
}
