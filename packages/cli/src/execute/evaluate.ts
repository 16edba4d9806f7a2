import { hash } from "node:crypto";
import { join } from "node:path";
import type { OutputFile } from "../cache/entry.ts";
import type { RemoteLink } from "../cache/remote-link.ts";
import type { RunState } from "../cache/state.ts";
import { failure } from "../errors.ts";
import { duplicateSymbols } from "../graph/duplicate-symbols.ts";
import { isRegularFile, isWithin } from "../io/files.ts";
import { derivePackages } from "../packages/derive.ts";
import { packagesFor } from "../packages/mapping.ts";
import { type DesiredFile, diffTree, type TreeChange } from "../plan/diff-tree.ts";
import type { DomainScope } from "../plan/domain-scope.ts";
import { findOverlap } from "../plan/find-overlap.ts";
import type { Plan } from "../plan/make-plan.ts";
import type { Unit } from "../plan/units.ts";
import { noTracer, tracedAsync } from "../report/tracer.ts";
import { findPackage } from "./npm-lookup.ts";
import { classifyStray } from "./orphans.ts";
import { OutputTree } from "./output-tree.ts";
import type { ProduceOptions } from "./produce.ts";
import { firstBytes } from "./resolve-plugin.ts";
import type { Survey } from "./survey.ts";

/** What the output folders should hold, how they differ from it, and the bytes to mend them. */
export interface Evaluation {
  readonly plan: Plan;
  readonly outs: readonly string[];
  readonly desired: ReadonlyMap<string, DesiredFile>;
  readonly changes: readonly TreeChange[];
  /** Code in a clean output folder that nothing shows to be generated. */
  readonly foreign: readonly string[];
  readonly tree: OutputTree;
  /** The outputs of each unit, by its id. */
  readonly outputs: ReadonlyMap<string, readonly UnitOutput[]>;
  /** Units that had to run, and those whose outputs came from the cache. */
  readonly ran: readonly Unit[];
  readonly restored: readonly Unit[];
  /** Version ranges that were taken from what is installed, by package. */
  readonly ranges: Readonly<Record<string, string | undefined>>;
  /** The bytes of a desired file, for those that `changes` create or update. */
  content(path: string): Uint8Array;
}

export interface UnitOutput {
  /** Relative to the workspace root. */
  readonly path: string;
  readonly digest: string;
}

export interface EvaluateOptions extends ProduceOptions {
  /** Asked for what the cache does not have. Default: none. */
  readonly remote?: RemoteLink | undefined;
  /** What the plan was restricted to. Everything else in the output folders is left alone. Default: nothing. */
  readonly scope?: DomainScope | undefined;
}

/**
 * Finds out what the output folders should hold. Units whose key is known are not run: their outputs are known
 * by digest from the last run, and by content from the cache. Touches nothing but the cache.
 */
export async function evaluate(
  plan: Plan,
  survey: Survey,
  state: RunState,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const tree = new OutputTree(plan.workspace.root, survey.outputs, state.outputs);
  const contents = new Map<string, Uint8Array>();
  const outputs = new Map<string, readonly UnitOutput[]>();
  const keep = (unit: Unit, files: readonly OutputFile[]) => {
    const list = files.map(({ name, digest }) => ({ path: `${unit.task.config.out}/${name}`, digest }));
    outputs.set(unit.id, list);
    list.forEach(({ path, digest }, index) => {
      const file = files[index];
      if (file !== undefined && tree.file(path)?.digest !== digest) {
        contents.set(path, file.content);
      }
    });
  };

  const { tracer = noTracer, scope } = options;
  const recorded = recordedOutputs(state);
  const endLookups = tracer.begin("cache lookups", undefined, { units: plan.units.length });
  const restored: Unit[] = [];
  const unknown = plan.units.filter((unit) => {
    const list = unit.key === undefined ? undefined : recorded(unit);
    if (list?.every(({ path, digest }) => tree.file(path)?.digest === digest)) {
      outputs.set(unit.id, list);
      return false;
    }
    const files = unit.key === undefined ? undefined : options.cache.get(unit.key);
    if (files !== undefined) {
      keep(unit, files);
      restored.push(unit);
    }
    return files === undefined;
  });
  endLookups();
  const shared = await tracedAsync(tracer, "remote cache", () => fetchShared(unknown, options));
  const toRun = unknown.filter((unit) => {
    const files = unit.key === undefined ? undefined : shared.found.get(unit.key);
    if (files !== undefined) {
      keep(unit, files);
      restored.push(unit);
    }
    return files === undefined;
  });
  if (toRun.length + restored.length > 0) {
    // Loaded here, since most runs have nothing to do: it brings the compiler's and the plugins' side along.
    const { compilePlan, produce } = await import("./produce.ts");
    if (duplicateSymbols(plan.graph, plan.targets).length > 0) {
      // Parts of the workspace may compile where the whole does not: let the compiler decide.
      await compilePlan(plan, "all", options.signal);
    }
    const produced = await tracedAsync(tracer, "generate", () =>
      produce(plan, toRun, { ...options, cache: shared.cache }),
    );
    for (const [unit, files] of produced) {
      keep(unit, files);
    }
  }

  const endCompare = tracer.begin("derive packages and compare");
  const desired = collectDesired(plan.units, outputs);
  const ranges: Record<string, string | undefined> = {};
  const rangeOf = (name: string) => {
    ranges[name] = installedRange(plan.workspace.root, name);
    return ranges[name];
  };
  for (const [path, text] of deriveAllPackages(plan, outputs, rangeOf, scope)) {
    const content = Buffer.from(text);
    claim(desired, path, { digest: hash("sha256", content), unit: undefined });
    contents.set(path, content);
  }
  refuseOverlaps([...desired.keys()]);
  const present = [...tree.paths, ...abandonedOutputs(state, survey, tree)].filter(
    (path) => scope === undefined || desired.has(path) || scope.contains(path),
  );
  tree.refuseLinks([...desired.keys(), ...present]);
  const strays = new Map(
    present
      .filter((path) => !desired.has(path))
      .map((path) => [path, classifyOnDisk(plan, state, path)] as const),
  );
  const changes = diffTree(
    desired,
    (path) => tree.file(path)?.digest,
    present,
    (path) => strays.get(path) === "orphan",
  );
  endCompare();
  return {
    plan,
    outs: survey.outs,
    desired,
    changes,
    foreign: [...strays].filter(([, stray]) => stray === "foreign").map(([path]) => path),
    tree,
    outputs,
    ran: toRun,
    restored,
    ranges,
    content(path) {
      const content = contents.get(path);
      if (content === undefined) {
        throw new Error(`no content for ${path}: it was not to be written`);
      }
      return content;
    },
  };
}

/** What the remote cache has of the units, kept in the local one too, and the cache that new outputs are to go to. */
async function fetchShared(units: readonly Unit[], { cache, remote, progress, signal }: EvaluateOptions) {
  const keys = units.flatMap((unit) => unit.key ?? []);
  const source = keys.length === 0 ? undefined : await remote?.connect();
  if (source === undefined) {
    return { found: new Map<string, OutputFile[]>(), cache };
  }
  progress?.phase("asking the remote cache", keys.length);
  const found = await source.fetch(keys, { signal, onStep: () => progress?.step(1) });
  for (const [key, files] of found) {
    cache.put(key, files);
  }
  return { found, cache: source.recording(cache) };
}

/** The outputs that the last run recorded for a unit, if its key is still the same. */
function recordedOutputs(state: RunState): (unit: Unit) => readonly UnitOutput[] | undefined {
  return (unit) => {
    const record = state.units[unit.id];
    return record?.key === unit.key
      ? record?.outputs.map((path) => ({ path, digest: state.outputs[path]?.digest ?? "" }))
      : undefined;
  };
}

function collectDesired(
  units: readonly Unit[],
  outputs: ReadonlyMap<string, readonly UnitOutput[]>,
): Map<string, DesiredFile> {
  const desired = new Map<string, DesiredFile>();
  const tasks = new Map<string, Unit["task"]>();
  for (const unit of units) {
    for (const { path, digest } of outputs.get(unit.id) ?? []) {
      // A plugin that writes the same file for each of its requests: buf takes the first too.
      if (desired.get(path)?.digest === digest && tasks.get(path) === unit.task) {
        continue;
      }
      claim(desired, path, { digest, unit: unit.id });
      tasks.set(path, unit.task);
    }
  }
  return desired;
}

function claim(desired: Map<string, DesiredFile>, path: string, file: DesiredFile): void {
  const other = desired.get(path);
  if (other !== undefined) {
    throw failure(
      "OUTPUT",
      `${path} would be written twice: by ${other.unit ?? "the files of packages"} and by ${file.unit ?? "the files of packages"}`,
      {
        path,
        help: "give one of the plugins an `out` of its own, or `strategy: all` if it writes shared files",
      },
    );
  }
  desired.set(path, file);
}

/** Paths that some file system could not hold beside each other. */
function refuseOverlaps(paths: Iterable<string>): void {
  const overlap = findOverlap(paths);
  if (overlap !== undefined) {
    const [one, two] = overlap.paths;
    throw failure(
      "OUTPUT",
      overlap.kind === "case"
        ? `${one} and ${two} differ only in case: some file systems hold only one`
        : `${one} would be a file, and the folder of ${two}`,
      {
        path: two,
        help: "rename one of the .proto files, or give one of the plugins an `out` of its own",
      },
    );
  }
}

/** The range that an installed package's version gives; `undefined` where it is not installed. */
export function installedRange(root: string, name: string): string | undefined {
  const version = findPackage(root, name)?.manifest.version;
  return version === undefined ? undefined : `^${version}`;
}

function deriveAllPackages(
  plan: Plan,
  outputs: ReadonlyMap<string, readonly UnitOutput[]>,
  rangeOf: (name: string) => string | undefined,
  scope: DomainScope | undefined,
): Map<string, string> {
  const { wirehouse } = plan.workspace;
  const files = new Map<string, string>();
  for (const config of wirehouse.packages) {
    const tasks = plan.tasks.filter((task) => packagesFor([config], task.config.out) !== undefined);
    const names = plan.units
      .filter((unit) => unit.task.config.out === config.out)
      .flatMap((unit) => outputs.get(unit.id) ?? [])
      .map(({ path }) => path.slice(config.out.length + 1));
    const derived = derivePackages({
      config,
      graph: plan.graph,
      targets: [...new Set(tasks.flatMap((task) => task.targets))],
      outputs: names,
      options: tasks.flatMap((task) => task.config.opt),
      rangeOf,
    });
    for (const [path, text] of derived) {
      if (scope === undefined || isWithin(path, scope.directory)) {
        files.set(`${config.out}/${path}`, text);
      }
    }
  }
  return files;
}

/**
 * Files that a run wrote into a folder which is no output folder any more, since its plugin or rule is gone.
 * One that was changed since is no longer the tool's to take away.
 */
function abandonedOutputs(state: RunState, { outs }: Survey, tree: OutputTree): string[] {
  return Object.entries(state.outputs)
    .filter(([path]) => !outs.some((out) => isWithin(path, out)))
    .filter(([path, record]) => tree.digestNow(path) === record.digest)
    .map(([path]) => path);
}

function classifyOnDisk(plan: Plan, state: RunState, path: string) {
  return classifyStray(path, {
    recorded: state.outputs[path] !== undefined,
    clean: plan.workspace.gen.clean,
    head: () => {
      const file = join(plan.workspace.root, path);
      return isRegularFile(file) ? firstBytes(file, 2048) : "";
    },
  });
}
