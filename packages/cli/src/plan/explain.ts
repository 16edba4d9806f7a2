import type { RunState, UnitRecord } from "../cache/state.ts";
import type { ImportGraph } from "../graph/import-graph.ts";
import type { Plan } from "./make-plan.ts";
import type { Unit } from "./units.ts";

/**
 * Why a unit's outputs are not those of the last run, one sentence a cause; empty where nothing that they
 * depend on has changed. `undefined` where the last run did not know the unit.
 */
export function explainUnit(plan: Plan, state: RunState, unit: Unit): string[] | undefined {
  const record = state.units[unit.id];
  const task = record && state.tasks[record.task];
  if (record === undefined || task === undefined) {
    return undefined;
  }
  const { identity, config } = unit.task;
  const name = config.command[0] ?? "";
  const causes: string[] = [];
  if (identity.kind === "unknowable") {
    causes.push(`the plugin ${name} is a script of unknown inputs and always runs`);
  } else if (identity.digest !== task.identity) {
    causes.push(
      identity.label === task.label
        ? `the program of the plugin ${name} changed (${identity.label})`
        : `the plugin ${name} changed from ${task.label} to ${identity.label}`,
    );
  }
  if (config.opt.join() !== task.options) {
    causes.push(`the options of ${name} changed from "${task.options}" to "${config.opt.join()}"`);
  }
  if (plan.compiler !== task.compiler) {
    causes.push("buf, its lock file, or managed mode changed");
  }
  if (unit.mapping.join() !== record.mapping) {
    causes.push("the packages that it imports changed");
  }
  causes.push(...changedFiles(record, unit, state, plan.graph));
  return causes;
}

function changedFiles(record: UnitRecord, unit: Unit, state: RunState, graph: ImportGraph): string[] {
  const added = unit.generate.filter((path) => !record.generate.includes(path));
  const gone = record.generate.filter((path) => !unit.generate.includes(path));
  const own = new Set(unit.generate);
  const changed = [...new Set(unit.generate.flatMap((path) => [...graph.closure(path)]))].flatMap((path) => {
    const file = graph.get(path);
    if (file === undefined || state.sources[file.file]?.digest === file.digest) {
      return [];
    }
    return `${file.file} ${state.sources[file.file] === undefined ? "is new" : "changed"}${own.has(path) ? "" : ", which it imports"}`;
  });
  return [
    ...added.map((path) => `${path} is now generated with it`),
    ...gone.map((path) => `${path} is no longer generated with it`),
    ...changed,
  ];
}
