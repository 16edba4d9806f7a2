import { posix } from "node:path";
import type { PluginIdentity } from "../execute/plugin-identity.ts";
import { buildOrder } from "../graph/build-order.ts";
import { digestOf } from "../graph/closure-digests.ts";
import type { ImportGraph } from "../graph/import-graph.ts";
import { importedPackages, packageOf, packagesFor, rewriteOptions } from "../packages/mapping.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";
import type { PackagesConfig } from "../workspace/wirehouse-yaml.ts";
import type { PerFile } from "./per-file-plugins.ts";
import { isWellKnown, requestGroups, wellKnownImports } from "./request-groups.ts";

/** A plugin with the files that it is to generate. One entry for each plugin, input and rule. */
export interface PluginTask {
  /** Position among the tasks: the order of buf.gen.yaml, then of the rules. */
  readonly index: number;
  readonly config: PluginConfig;
  readonly identity: PluginIdentity;
  /** Set where the output of each file depends on its closure alone, whatever else is in the request. */
  readonly perFile: PerFile | undefined;
  readonly targets: readonly string[];
}

/** The smallest piece of work whose output can be kept: some files, through one plugin. */
export interface Unit {
  /** Names the same piece of work in every run. */
  readonly id: string;
  readonly task: PluginTask;
  /** Import paths to generate. */
  readonly generate: readonly string[];
  /** The files that the order of its request starts from. */
  readonly roots: readonly string[];
  /** One file of a per-file plugin: it may share a request with others. */
  readonly divisible: boolean;
  /** Options added to the configured ones, for package names and for a single file, one an entry. */
  readonly mapping: readonly string[];
  /** Digest of all that the output depends on; `undefined` where that cannot be known. */
  readonly key: string | undefined;
}

export interface PlanInput {
  readonly graph: ImportGraph;
  readonly closureDigests: ReadonlyMap<string, string>;
  readonly tasks: readonly PluginTask[];
  readonly packages: readonly PackagesConfig[];
  /** Identity of the compiler, and all of buf.gen.yaml that changes descriptors. */
  readonly compiler: string;
}

/** Divides all work into units. Pure: the same input gives the same units, in the same order. */
export function planUnits(input: PlanInput): Unit[] {
  return input.tasks.flatMap((task) => planTask(input, task));
}

function planTask(input: PlanInput, task: PluginTask): Unit[] {
  const { graph } = input;
  const closure = (paths: readonly string[]) =>
    buildOrder(
      paths,
      (path) => graph.get(path)?.imports.map((found) => found.path) ?? wellKnownImports(path),
    );
  const packages = packagesFor(input.packages, task.config.out);
  const targets = new Set(task.targets);
  const mappingOf = (path: string) =>
    packages === undefined
      ? []
      : rewriteOptions(importedPackages(packages, path, graph.visible(path), (other) => targets.has(other)));

  return requestGroups(task.config, task.targets, closure).flatMap(({ generate, roots }) => {
    const divided =
      task.perFile?.withImports || !(task.config.includeImports || generate.some(isWellKnown))
        ? task.perFile
        : undefined;
    const divisible = divided !== undefined;
    const parts = divisible
      ? generate.map((path) => [path])
      : packages
        ? byPackage(packages, generate)
        : [generate];
    return parts.map((part) => {
      const mapping = [...new Set([...part.flatMap(mappingOf), ...(divided?.options ?? [])])].sort();
      return {
        id: unitId(task, part, divisible),
        task,
        generate: part,
        roots: divisible ? part : roots,
        divisible,
        mapping,
        key: unitKey(input, task, part, mapping),
      };
    });
  });
}

/** Files of different packages cannot share a request: what is near for one is another package for the other. */
function byPackage(packages: PackagesConfig, generate: readonly string[]): string[][] {
  return [...Map.groupBy(generate, (path) => packageOf(packages, path)?.name).values()];
}

function unitId(task: PluginTask, part: readonly string[], divisible: boolean): string {
  const what = divisible
    ? part[0]
    : task.config.strategy === "all"
      ? "all files"
      : `${posix.dirname(part[0] ?? "")}/`;
  return `${task.config.command.join(" ")} > ${task.config.out} #${task.index}: ${what}`;
}

function unitKey(
  { closureDigests, compiler }: PlanInput,
  { identity, config }: PluginTask,
  generate: readonly string[],
  mapping: readonly string[],
): string | undefined {
  if (identity.kind === "unknowable") {
    return undefined;
  }
  return digestOf([
    "unit 1",
    identity.digest,
    compiler,
    config.opt.join(),
    mapping.join(),
    ...[...generate].sort().flatMap((path) => [path, closureDigests.get(path) ?? "external"]),
  ]);
}
