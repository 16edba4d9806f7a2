import { availableParallelism } from "node:os";
import type { OutputFile } from "../cache/entry.ts";
import type { OutputCache } from "../cache/store.ts";
import { failure, WirehouseError } from "../errors.ts";
import type { Plan } from "../plan/make-plan.ts";
import type { Unit } from "../plan/units.ts";
import type { Progress } from "../report/progress.ts";
import { silent } from "../report/progress.ts";
import { noTracer, type Tracer, tracedAsync } from "../report/tracer.ts";
import { attributeOutputs, type Batch, planBatches } from "./batches.ts";
import { refuseChangedSources } from "./changed-sources.ts";
import { compile } from "./compile.ts";
import { refuseOutputName } from "./output-name.ts";
import type { Image } from "./plugin-request.ts";
import { type RunContext, runBatch } from "./run-batch.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ProduceOptions {
  readonly cache: OutputCache;
  /** Runs the plugin framework as published: for telling whether the patches for speed change anything. */
  readonly unpatched?: boolean;
  /** Workers that outlive the run. Default: the run has its own. */
  readonly pool?: WorkerPool | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
  readonly tracer?: Tracer | undefined;
}

/**
 * Makes the outputs of the given units: one image build, then the plugins, as many at a time as there are
 * cores. Outputs go into the cache as they come; the tree is not touched.
 * @throws WirehouseError PROTO, BUF, PLUGIN, OUTPUT, CHANGED or INTERRUPTED
 */
export async function produce(
  plan: Plan,
  units: readonly Unit[],
  options: ProduceOptions,
): Promise<Map<Unit, readonly OutputFile[]>> {
  const produced = new Map<Unit, readonly OutputFile[]>();
  if (units.length === 0) {
    return produced;
  }
  const { signal, progress = silent, tracer = noTracer, cache } = options;
  const pool = options.pool ?? new WorkerPool();
  const keep = (unit: Unit, files: readonly OutputFile[]) => {
    refuseNames(unit, files);
    produced.set(unit, files);
    if (unit.key !== undefined) {
      cache.put(unit.key, files);
    }
  };
  const runOne = async (context: RunContext, batch: Batch, lane: number) => {
    const what = describeBatch(batch);
    const endTrace = tracer.begin(what, `plugins ${lane + 1}`, { files: batch.generate.length });
    const endProgress = progress.begin?.(what);
    try {
      await runWhole(context, batch);
    } finally {
      endTrace();
      endProgress?.();
    }
    progress.step(batch.units.length);
  };
  const runWhole = async (context: RunContext, batch: Batch) => {
    const outputs = attributeOutputs(batch, await runBatch(context, batch));
    if (outputs === undefined) {
      for (const unit of batch.units) {
        const { generate, roots } = unit;
        keep(unit, await runBatch(context, { ...batch, units: [unit], generate, roots }));
      }
    } else {
      for (const [unit, files] of outputs) {
        keep(unit, files);
      }
    }
  };
  progress.phase("generating", units.length);
  try {
    let running: Promise<void> = Promise.resolve();
    for (const part of partition(planBatches(plan, units))) {
      const endProgress = progress.begin?.("buf build");
      const image = await tracedAsync(
        tracer,
        `compile ${part.reduce((sum, batch) => sum + batch.generate.length, 0)} files`,
        () => compilePart(plan, part, signal),
        "compiler",
      ).finally(endProgress);
      // The compiler goes on to the next part while the plugins run on this one; never two parts ahead.
      await running;
      running = inParallel(takingTurns(part), (batch, lane) =>
        runOne(
          { root: plan.workspace.root, image, pool, unpatched: options.unpatched ?? false, signal },
          batch,
          lane,
        ),
      );
      // Awaited in the next round: until then a failure is not unhandled.
      running.catch(() => {});
    }
    await running;
  } finally {
    if (pool !== options.pool) {
      await pool.close();
    }
  }
  return produced;
}

/** The plugin and where its files lie, such as "protoc-gen-es partner/document". */
function describeBatch({ task, generate }: Batch): string {
  const [first = ""] = generate;
  const folder = first.split("/").slice(0, -1).slice(0, 2).join("/");
  return `${task.plugin.name} ${folder}`;
}

/** Files a part: enough that few are compiled again as imports of another part, few enough to bound memory. */
const partSize = 1500;

/**
 * Divides batches into parts that are compiled one after the other, so that the compiler and the plugins work
 * side by side, and so that only a part of a large workspace is in memory as descriptors.
 */
function partition(batches: readonly Batch[]): Batch[][] {
  const parts: Batch[][] = [];
  let size = 0;
  for (const batch of batches) {
    const last = parts.at(-1);
    if (last === undefined || size + batch.generate.length > partSize) {
      parts.push([batch]);
      size = batch.generate.length;
    } else {
      last.push(batch);
      size += batch.generate.length;
    }
  }
  return parts;
}

/** One batch of each plugin, then the next: requests of different plugins take most different times. */
function takingTurns(batches: readonly Batch[]): Batch[] {
  const groups = [...Map.groupBy(batches, (batch) => batch.task).values()];
  const rounds = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: rounds }, (_, round) => groups.flatMap((group) => group[round] ?? [])).flat();
}

async function compilePart(
  plan: Plan,
  part: readonly Batch[],
  signal: AbortSignal | undefined,
): Promise<Image> {
  try {
    const image = await compilePlan(plan, new Set(part.flatMap((batch) => batch.generate)), signal);
    refuseChangedSources(plan.workspace.root, plan.sources, image.files, plan.surveyedAt);
    return image;
  } catch (reason) {
    if (reason instanceof WirehouseError && reason.code === "PROTO") {
      // What is wrong elsewhere belongs into the same report.
      await compilePlan(plan, "all", signal);
    }
    throw reason;
  }
}

/** Compiles some or all files of a plan's workspace. */
export function compilePlan(
  plan: Plan,
  wanted: ReadonlySet<string> | "all",
  signal: AbortSignal | undefined,
): Promise<Image> {
  return compile({
    root: plan.workspace.root,
    buf: plan.buf.file,
    graph: plan.graph,
    managed: plan.workspace.gen.managed,
    wanted,
    signal,
  });
}

function refuseNames(unit: Unit, files: readonly OutputFile[]): void {
  const { command, origin } = unit.task.config;
  const seen = new Set<string>();
  for (const { name } of files) {
    const reason =
      refuseOutputName(name) ?? (seen.has(name) ? "it was written already by the same request" : undefined);
    if (reason !== undefined) {
      throw failure(
        "OUTPUT",
        `the plugin ${command[0]} wants to write ${JSON.stringify(name)}, which is refused: ${reason}`,
        {
          ...origin,
          help: "nothing was written; this is for the plugin's authors to mend",
        },
      );
    }
    seen.add(name);
  }
}

/** Runs all batches, as many at a time as there are cores; after a failure no further one is started. */
async function inParallel(
  batches: readonly Batch[],
  run: (batch: Batch, lane: number) => Promise<void>,
): Promise<void> {
  const queue = [...batches];
  const failures: unknown[] = [];
  const work = async (_: unknown, lane: number) => {
    for (let next = queue.shift(); next !== undefined && failures.length === 0; next = queue.shift()) {
      try {
        await run(next, lane);
      } catch (reason) {
        failures.push(reason);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (failures.length > 0) {
    throw failures[0];
  }
}
