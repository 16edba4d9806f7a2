import type { RunState } from "../cache/state.ts";
import { failure, WirehouseError } from "../errors.ts";
import type { BufProgram } from "../execute/find-buf.ts";
import { refuseOutputFolder } from "../execute/output-name.ts";
import type { PluginProgram, Programs } from "../execute/programs.ts";
import type { ResolvedPlugin } from "../execute/resolve-plugin.ts";
import type { Survey } from "../execute/survey.ts";
import { closureDigests } from "../graph/closure-digests.ts";
import { ImportGraph } from "../graph/import-graph.ts";
import { type ScannedSource, scanSources } from "../graph/scan-sources.ts";
import type { Finding } from "../report/finding.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";
import { perFile } from "./per-file-plugins.ts";
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
  /** When the stamps of the sources were taken, at the earliest; milliseconds of the wall clock. */
  readonly surveyedAt: number;
  readonly graph: ImportGraph;
  readonly closureDigests: ReadonlyMap<string, string>;
  /** Import paths of all files that any input selects, sorted. */
  readonly targets: readonly string[];
  readonly tasks: readonly RunnableTask[];
  readonly units: readonly Unit[];
}

/**
 * Decides what belongs to what: the last step before work is known. Reads sources that the last run does not
 * know; writes nothing and starts nothing.
 * @throws WirehouseError CONFIG or PROTO for what can be seen to be wrong without compiling
 */
export function makePlan(
  workspace: GenerateWorkspace,
  programs: Programs,
  survey: Survey,
  state: RunState,
): Plan {
  const { root, gen, wirehouse } = workspace;
  const { compiler } = programs;
  const sources = scanSources(root, survey.sources, (file) => state.sources[file]);
  refuseDuplicates(sources);
  refuseOutputFolders(workspace, sources);
  const graph = new ImportGraph(sources.map((source) => source.proto));
  const inputs = gen.inputs.map((input) => selectTargets(graph, workspace.buf.modules, input));
  const targets = [...new Set(inputs.flat())].sort();
  const wanted: [program: PluginProgram, targets: readonly string[]][] = [
    ...inputs.flatMap((input) =>
      programs.plugins.map((program): [PluginProgram, string[]] => [program, input]),
    ),
    ...programs.rules.map((program, index): [PluginProgram, string[]] => {
      const rule = wirehouse.rules[index];
      return [program, rule === undefined ? [] : selectByRule(rule, graph, targets)];
    }),
  ];
  const tasks = wanted.map(
    ([program, selected], index): RunnableTask => ({
      ...program,
      index,
      perFile: perFile(program.plugin, program.config),
      targets: selected,
    }),
  );
  const closures = closureDigests(graph, compiler);
  return {
    workspace,
    buf: programs.buf,
    compiler,
    sources,
    surveyedAt: survey.takenAt,
    graph,
    closureDigests: closures,
    targets,
    tasks,
    units: planUnits({ graph, closureDigests: closures, tasks, packages: wirehouse.packages, compiler }),
  };
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
