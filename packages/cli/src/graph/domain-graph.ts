import { type CodePackage, packageOf } from "../packages/mapping.ts";
import { compareText } from "../report/finding.ts";
import type { PackagesConfig } from "../workspace/wirehouse-yaml.ts";
import type { ImportGraph } from "./import-graph.ts";

/** The files of a directory that belong together: those of a workspace package, else of two levels of directories. */
export interface Domain {
  /** "partner/document" */
  readonly domain: string;
  /** The package of its generated code. Absent where none is configured, or nothing to generate from is here. */
  readonly package?: string;
  /** How many .proto files the workspace has of it; 0 for one that only others import, as buf's well-known types. */
  readonly files: number;
  readonly imports: readonly DomainImport[];
}

export interface DomainImport {
  readonly domain: string;
  /** How many import statements. */
  readonly count: number;
}

/** The imports between domains, sorted by name. Imports inside a domain are left out. Pure. */
export function domainGraph(graph: ImportGraph, packages: readonly PackagesConfig[]): Domain[] {
  const files = new Map<string, number>();
  const names = new Map<string, string>();
  const imports = new Map<string, Map<string, number>>();
  const domainOf = (path: string) => {
    const entry = packages
      .map((config): CodePackage | undefined => packageOf(config, path))
      .find((candidate) => candidate !== undefined);
    const domain = entry?.directory ?? (path.split("/").slice(0, -1).slice(0, 2).join("/") || ".");
    if (entry !== undefined) {
      names.set(domain, entry.name);
    }
    if (!files.has(domain)) {
      files.set(domain, 0);
    }
    return domain;
  };
  for (const file of graph.files.values()) {
    const domain = domainOf(file.path);
    files.set(domain, (files.get(domain) ?? 0) + 1);
    const own = imports.get(domain) ?? new Map<string, number>();
    imports.set(domain, own);
    for (const { path } of file.imports) {
      const other = domainOf(path);
      if (other !== domain) {
        own.set(other, (own.get(other) ?? 0) + 1);
      }
    }
  }
  return [...files]
    .map(([domain, count]): Domain => {
      const name = names.get(domain);
      return {
        domain,
        ...(name === undefined || count === 0 ? {} : { package: name }),
        files: count,
        imports: [...(imports.get(domain) ?? [])]
          .map(([other, statements]) => ({ domain: other, count: statements }))
          .sort((a, b) => compareText(a.domain, b.domain)),
      };
    })
    .sort((a, b) => compareText(a.domain, b.domain));
}

/** The domains that import a domain and are imported by it, directly or not: of a cycle, all that are on it. */
export function domainsInCycles(domains: readonly Domain[]): Set<string> {
  const byName = new Map(domains.map((entry) => [entry.domain, entry]));
  const reaches = (from: string) => {
    const seen = new Set<string>();
    const stack = byName.get(from)?.imports.map((entry) => entry.domain) ?? [];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (!seen.has(next)) {
        seen.add(next);
        stack.push(...(byName.get(next)?.imports.map((entry) => entry.domain) ?? []));
      }
    }
    return seen;
  };
  return new Set(domains.map((entry) => entry.domain).filter((domain) => reaches(domain).has(domain)));
}
