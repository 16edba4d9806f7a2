import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunState } from "../cache/state.ts";
import { failure, WirehouseError } from "../errors.ts";
import { type BufProgram, findBuf } from "../execute/find-buf.ts";
import { refuseOutputFolder } from "../execute/output-name.ts";
import { type DigestMemo, fileDigest, pluginIdentity } from "../execute/plugin-identity.ts";
import { type ResolvedPlugin, resolvePlugin } from "../execute/resolve-plugin.ts";
import { closureDigests, digestOf } from "../graph/closure-digests.ts";
import { ImportGraph } from "../graph/import-graph.ts";
import { type ScannedSource, scanSources } from "../graph/scan-sources.ts";
import type { Finding } from "../report/finding.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";
import { selectByRule } from "./rules.ts";
import { selectTargets } from "./targets.ts";
import { type PluginTask, planUnits, type Unit } from "./units.ts";

/** A task with the program that was found for it. */
export interface RunnableTask extends PluginTask {
  readonly plugin: ResolvedPlugin;
  readonly timeoutMs: number;
}

/** All that a run needs to know before it does anything. */
export interface Plan {
  readonly workspace: GenerateWorkspace;
  readonly buf: BufProgram;
  readonly compiler: string;
  readonly sources: readonly ScannedSource[];
  readonly graph: ImportGraph;
  readonly closureDigests: ReadonlyMap<string, string>;
  /** Import paths of all files that any input selects, sorted. */
  readonly targets: readonly string[];
  readonly tasks: readonly RunnableTask[];
  readonly units: readonly Unit[];
  readonly outs: readonly string[];
  /** Digests of plugin files, for the next run. */
  readonly digests: RunState["digests"];
}

/** Packages whose plugins are known to emit each file from its closure alone, and the endings they give it. */
const perFilePlugins: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/protoc-gen-es": ["_pb.js", "_pb.d.ts", "_pb.ts"],
};

/** The endings that a per-file plugin adds to a .proto file's path; `undefined` for other plugins. */
export function outputEndings(plugin: ResolvedPlugin): readonly string[] | undefined {
  return plugin.kind === "module" ? perFilePlugins[plugin.owner?.manifest.name ?? ""] : undefined;
}

/**
 * Reads the tree and finds the programs: the last step before work is known. Writes nothing and starts nothing.
 * @throws WirehouseError CONFIG, PROTO or PLUGIN for what can be seen to be wrong without compiling
 */
export function makePlan(workspace: GenerateWorkspace, state: RunState): Plan {
  const { root, gen, wirehouse } = workspace;
  const digests: Record<string, RunState["digests"][string]> = {};
  const memo: DigestMemo = {
    get: (file) => digests[file] ?? state.digests[file],
    set: (file, stamp, digest) => {
      digests[file] = { stamp, digest };
    },
  };
  const sources = scanSources(root, workspace.buf.modules, (file) => state.sources[file]);
  refuseDuplicates(sources);
  refuseOutputFolders(workspace, sources);
  const graph = new ImportGraph(sources.map((source) => source.proto));
  const buf = findBuf(root);
  const compiler = compilerIdentity(workspace, buf, memo);
  const inputs = gen.inputs.map((input) => selectTargets(graph, input));
  const targets = [...new Set(inputs.flat())].sort();
  if (targets.length === 0) {
    throw failure("PROTO", "there is no .proto file to generate from", {
      path: "buf.yaml",
      help: "check the module paths in buf.yaml, and `inputs` in buf.gen.yaml",
    });
  }
  const wanted: { config: PluginConfig; targets: readonly string[] }[] = [
    ...inputs.flatMap((input) => gen.plugins.map((config) => ({ config, targets: input }))),
    ...wirehouse.rules.map((rule) => ({ config: rule.plugin, targets: selectByRule(rule, graph, targets) })),
  ];
  const tasks = wanted.map(({ config, targets: selected }, index): RunnableTask => {
    const plugin = resolvePlugin(root, config);
    const settings = wirehouse.plugins[plugin.name];
    return {
      index,
      config,
      plugin,
      identity: pluginIdentity(root, plugin, settings, memo),
      perFile: outputEndings(plugin) !== undefined,
      targets: selected,
      timeoutMs: (settings?.timeoutSeconds ?? 300) * 1000,
    };
  });
  const closures = closureDigests(graph, compiler);
  return {
    workspace,
    buf,
    compiler,
    sources,
    graph,
    closureDigests: closures,
    targets,
    tasks,
    units: planUnits({ graph, closureDigests: closures, tasks, packages: wirehouse.packages, compiler }),
    outs: [...new Set(tasks.map((task) => task.config.out))],
    digests,
  };
}

/** What the descriptors depend on besides the sources: buf, its lock file, and managed mode. */
function compilerIdentity(
  { root, gen, buf: { hasRemoteDeps } }: GenerateWorkspace,
  buf: BufProgram,
  memo: DigestMemo,
): string {
  const lock = join(root, "buf.lock");
  return digestOf([
    buf.version === undefined ? fileDigest(buf.file, memo) : `buf@${buf.version}`,
    hasRemoteDeps && existsSync(lock) ? hash("sha256", readFileSync(lock)) : "",
    gen.managed === undefined ? "" : JSON.stringify(gen.managed),
  ]);
}

function refuseOutputFolders({ gen, wirehouse }: GenerateWorkspace, sources: readonly ScannedSource[]): void {
  for (const { out, origin } of [...gen.plugins, ...wirehouse.rules.map((rule) => rule.plugin)]) {
    const reason = refuseOutputFolder(
      out,
      sources.map((source) => source.proto.file),
    );
    if (reason !== undefined) {
      throw failure("CONFIG", `"out: ${out}" is refused: ${reason}`, {
        ...origin,
        help: "name a folder of its own for generated code, such as gen",
      });
    }
  }
}

/** Two modules that provide one import path: buf refuses that too, but names no line. */
function refuseDuplicates(sources: readonly ScannedSource[]): void {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { proto } of sources) {
    const other = seen.get(proto.path);
    if (other !== undefined) {
      findings.push({
        rule: "PROTO",
        severity: "error",
        message: `${proto.path} is provided twice: by ${other} and by ${proto.file}`,
        path: proto.file,
        help: "remove one, or exclude it from its module in buf.yaml",
      });
    }
    seen.set(proto.path, proto.file);
  }
  if (findings.length > 0) {
    throw new WirehouseError("PROTO", findings);
  }
}
