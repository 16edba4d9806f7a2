import { packageOf, packagesFor } from "../packages/mapping.ts";
import type { Plan, RunnableTask } from "../plan/make-plan.ts";
import type { Unit } from "../plan/units.ts";

/** One request to one plugin, and the units whose outputs it makes. */
export interface Batch {
  readonly task: RunnableTask;
  readonly units: readonly Unit[];
  readonly generate: readonly string[];
  readonly roots: readonly string[];
  /** The `parameter` of the request. */
  readonly parameter: string;
  /** Endings by which outputs are told apart where there are several units. */
  readonly endings: readonly string[];
}

/** Files a batch: enough to share the work on common imports, few enough to share them among workers. */
const batchSize = 250;

/**
 * Puts units into requests. Units of a per-file plugin go together, a package at a time, since the package
 * decides the options; every other unit is a request of its own.
 */
export function planBatches(plan: Plan, units: readonly Unit[]): Batch[] {
  return plan.tasks.flatMap((task) => {
    const endings = task.perFile?.endings;
    const own = units.filter((unit) => unit.task === task);
    const single = (unit: Unit) => toBatch(task, [unit], endings ?? []);
    if (endings === undefined) {
      return own.map(single);
    }
    const packages = packagesFor(plan.workspace.wirehouse.packages, task.config.out);
    const perFile = own.filter((unit) => unit.divisible);
    const together = Map.groupBy(perFile, (unit) =>
      packages === undefined ? "" : packageOf(packages, unit.generate[0] ?? "")?.name,
    );
    return [
      ...[...together.values()].flatMap(chunk).map((part) => toBatch(task, part, endings)),
      ...own.filter((unit) => !unit.divisible).map(single),
    ];
  });
}

function toBatch(task: RunnableTask, units: readonly Unit[], endings: readonly string[]): Batch {
  const mapping = [...new Set(units.flatMap((unit) => unit.mapping))].sort();
  return {
    task,
    units,
    generate: units.flatMap((unit) => unit.generate),
    roots: units.flatMap((unit) => unit.roots),
    parameter: [...task.config.opt, ...mapping].join(),
    endings,
  };
}

function chunk(units: readonly Unit[]): Unit[][] {
  const count = Math.ceil(units.length / batchSize);
  const size = Math.ceil(units.length / count);
  return Array.from({ length: count }, (_, index) => units.slice(index * size, (index + 1) * size));
}

/**
 * Gives each output to the unit that it belongs to. `undefined` when one cannot be told, which means that the
 * plugin is not what it was taken for and each unit needs a request of its own.
 */
export function attributeOutputs<Output extends { readonly name: string }>(
  batch: Batch,
  outputs: readonly Output[],
): Map<Unit, Output[]> | undefined {
  const result = new Map(batch.units.map((unit): [Unit, Output[]] => [unit, []]));
  const [only] = batch.units;
  if (batch.units.length === 1 && only !== undefined) {
    return result.set(only, [...outputs]);
  }
  const byPath = new Map(batch.units.map((unit) => [unit.generate[0] ?? "", unit]));
  for (const output of outputs) {
    const ending = batch.endings.find((candidate) => output.name.endsWith(candidate));
    const unit = ending && byPath.get(`${output.name.slice(0, -ending.length)}.proto`);
    if (!unit) {
      return undefined;
    }
    result.get(unit)?.push(output);
  }
  return result;
}
