import type { ProtoHeader, ProtoImport } from "./scan-imports.ts";

/** A .proto file of the workspace. */
export interface ProtoFile extends ProtoHeader {
  /** The path it is imported by. Forward slashes. */
  readonly path: string;
  /** Relative to the workspace root. Forward slashes. */
  readonly file: string;
  /** The root of its module, relative to the workspace root. */
  readonly module: string;
  /** SHA-256 of its bytes, hex. */
  readonly digest: string;
}

/** An import that no module provides: it may come from buf (well-known types), from a registry, or from nowhere. */
export interface ExternalImport {
  readonly from: ProtoFile;
  readonly import: ProtoImport;
}

/** The import graph of a workspace: who imports whom, by import path. Pure data. */
export class ImportGraph {
  readonly files: ReadonlyMap<string, ProtoFile>;
  readonly #closures = new Map<string, ReadonlySet<string>>();

  constructor(files: Iterable<ProtoFile>) {
    this.files = new Map([...files].map((file) => [file.path, file]));
  }

  get(path: string): ProtoFile | undefined {
    return this.files.get(path);
  }

  /** Import paths that the file imports directly and the workspace provides. */
  dependencies(path: string): string[] {
    const imports = this.files.get(path)?.imports ?? [];
    return imports.map((found) => found.path).filter((found) => this.files.has(found));
  }

  /**
   * The file and all it imports, directly or not, as far as the workspace provides them; external imports
   * are part of it too. Survives import cycles, which the compiler reports.
   */
  closure(path: string): ReadonlySet<string> {
    const known = this.#closures.get(path);
    if (known !== undefined) {
      return known;
    }
    const seen = new Set<string>();
    const stack = [path];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (!seen.has(next)) {
        seen.add(next);
        for (const found of this.files.get(next)?.imports ?? []) {
          stack.push(found.path);
        }
      }
    }
    this.#closures.set(path, seen);
    return seen;
  }

  /** The given files and all that import them, directly or not. */
  dependents(paths: Iterable<string>): Set<string> {
    const importers = this.#importers();
    const seen = new Set<string>();
    const stack = [...paths];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (!seen.has(next)) {
        seen.add(next);
        stack.push(...(importers.get(next) ?? []));
      }
    }
    return seen;
  }

  /** Files whose symbols the file can name: its imports, and what those import publicly. */
  visible(path: string): Set<string> {
    const seen = new Set<string>();
    const stack = (this.files.get(path)?.imports ?? []).map((found) => found.path);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (!seen.has(next)) {
        seen.add(next);
        for (const found of this.files.get(next)?.imports ?? []) {
          if (found.kind === "public") {
            stack.push(found.path);
          }
        }
      }
    }
    return seen;
  }

  externalImports(): ExternalImport[] {
    return [...this.files.values()].flatMap((from) =>
      from.imports.filter((found) => !this.files.has(found.path)).map((found) => ({ from, import: found })),
    );
  }

  #importers(): Map<string, string[]> {
    const importers = new Map<string, string[]>();
    for (const file of this.files.values()) {
      for (const found of file.imports) {
        const list = importers.get(found.path);
        if (list === undefined) {
          importers.set(found.path, [file.path]);
        } else {
          list.push(file.path);
        }
      }
    }
    return importers;
  }
}
