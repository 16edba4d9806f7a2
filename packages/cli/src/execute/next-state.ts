import type { RunState, TaskRecord, UnitRecord } from "../cache/state.ts";
import { isSettled } from "../io/stamps.ts";
import type { Evaluation } from "./evaluate.ts";

/**
 * Whether a run has learnt anything that the state before it does not say: then it need not be written again,
 * which in a large workspace is much of what a run without work costs.
 */
export function isStateCurrent({ plan, changes, ran, restored, tree }: Evaluation, state: RunState): boolean {
  return (
    changes.length + ran.length + restored.length + tree.hashed === 0 &&
    plan.sources.every((source) => !source.isFresh) &&
    plan.sources.length === Object.keys(state.sources).length &&
    plan.units.length === Object.keys(state.units).length &&
    plan.units.every((unit) => state.units[unit.id]?.key === unit.key)
  );
}

/** What to remember of a run that brought the tree up to date. */
export function nextState(
  { plan, outs, desired, outputs, tree, changes }: Evaluation,
  now: number,
): RunState {
  const written = new Set(changes.map((change) => change.path));
  const sources: Record<string, RunState["sources"][string]> = {};
  for (const { proto, stamp } of plan.sources) {
    const { file, path: _path, module: _module, ...memo } = proto;
    sources[file] = { ...memo, stamp: isSettled(stamp, now) ? stamp : unsettled };
  }
  const tasks = plan.tasks.map(
    ({ identity, config }): TaskRecord => ({
      label: identity.label,
      identity: identity.kind === "known" ? identity.digest : "",
      options: config.opt.join(),
      compiler: plan.compiler,
    }),
  );
  const units: Record<string, UnitRecord> = {};
  for (const unit of plan.units) {
    units[unit.id] = {
      key: unit.key,
      task: unit.task.index,
      mapping: unit.mapping.join(),
      generate: unit.generate,
      outputs: (outputs.get(unit.id) ?? []).map((output) => output.path),
    };
  }
  const files: Record<string, RunState["outputs"][string]> = {};
  for (const [path, { digest }] of desired) {
    const stamp = written.has(path) ? tree.freshStamp(path) : tree.file(path)?.stamp;
    files[path] = { digest, stamp: stamp !== undefined && isSettled(stamp, now) ? stamp : undefined };
  }
  return { sources, tasks, units, outs, outputs: files };
}

/** The stamp of no file: what was written too recently to trust its stamp is read again. */
const unsettled = [-1, -1, -1, -1] as const;
