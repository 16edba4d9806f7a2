import type { RunState, TaskRecord, UnitRecord } from "../cache/state.ts";
import { isSettled } from "../io/stamps.ts";
import type { Plan } from "../plan/make-plan.ts";
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

/**
 * What to remember of a run that was restricted to a domain: what it did, and of everything else what was known before.
 * @param full the whole plan
 */
export function mergeState(before: RunState, evaluation: Evaluation, full: Plan, now: number): RunState {
  const own = nextState(evaluation, now);
  const removed = new Set(evaluation.changes.filter(({ kind }) => kind === "remove").map(({ path }) => path));
  const others = Object.entries(before.units).filter(([id]) => own.units[id] === undefined);
  const tasks: TaskRecord[] = [...own.tasks];
  const moved = new Map<number, number>();
  const move = (index: number) => {
    const known = moved.get(index);
    const task = before.tasks[index];
    if (known !== undefined || task === undefined) {
      return known ?? index;
    }
    const place = tasks.findIndex((other) => JSON.stringify(other) === JSON.stringify(task));
    const found = place === -1 ? tasks.push(task) - 1 : place;
    moved.set(index, found);
    return found;
  };
  // What another domain's files were when they were generated tells later why they are stale.
  const stale = new Set(
    full.units
      .filter((unit) => own.units[unit.id] === undefined && before.units[unit.id]?.key !== unit.key)
      .flatMap((unit) => unit.generate.flatMap((path) => [...full.graph.closure(path)]))
      .flatMap((path) => full.graph.get(path)?.file ?? []),
  );
  const sources = Object.entries(own.sources).map(([file, memo]) => [
    file,
    stale.has(file) ? (before.sources[file] ?? memo) : memo,
  ]);
  return {
    sources: Object.fromEntries(sources),
    tasks,
    units: {
      ...Object.fromEntries(others.map(([id, unit]) => [id, { ...unit, task: move(unit.task) }])),
      ...own.units,
    },
    outs: [...new Set([...before.outs, ...own.outs])],
    outputs: {
      ...Object.fromEntries(Object.entries(before.outputs).filter(([path]) => !removed.has(path))),
      ...own.outputs,
    },
  };
}
