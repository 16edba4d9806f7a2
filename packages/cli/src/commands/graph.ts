import { type Domain, domainGraph, domainsInCycles } from "../graph/domain-graph.ts";
import { ImportGraph } from "../graph/import-graph.ts";
import { listSources } from "../graph/list-protos.ts";
import { scanSources } from "../graph/scan-sources.ts";
import { loadWorkspace } from "../workspace/workspace.ts";

export interface WorkspaceGraph {
  readonly domains: readonly Domain[];
  /** Those that import each other, directly or not. */
  readonly cyclic: ReadonlySet<string>;
}

/**
 * Reads the imports between the domains of a workspace. Compiles nothing: sources with errors in them are no hindrance.
 * @throws WirehouseError USAGE or CONFIG
 */
export function readGraph(options: { readonly cwd: string }): WorkspaceGraph {
  const { root, buf, wirehouse } = loadWorkspace(options.cwd);
  const sources = scanSources(root, listSources(root, buf.modules), () => undefined);
  const domains = domainGraph(new ImportGraph(sources.map((source) => source.proto)), wirehouse.packages);
  return { domains, cyclic: domainsInCycles(domains) };
}
