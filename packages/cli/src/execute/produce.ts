import { availableParallelism } from "node:os";
import type { OutputFile } from "../cache/entry.ts";
import type { OutputCache } from "../cache/store.ts";
import { failure } from "../errors.ts";
import type { Plan } from "../plan/make-plan.ts";
import type { Unit } from "../plan/units.ts";
import { attributeOutputs, type Batch, planBatches } from "./batches.ts";
import { compile } from "./compile.ts";
import { refuseOutputName } from "./output-name.ts";
import { type RunContext, runBatch } from "./run-batch.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ProduceOptions {
  readonly cache: OutputCache;
  /** Runs the plugin framework as published: for telling whether the patches for speed change anything. */
  readonly unpatched?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
}

/** Told what a run is doing. All of it is optional to show. */
export interface Progress {
  phase(name: string, total?: number): void;
  step(count: number): void;
}

export const silent: Progress = { phase: () => {}, step: () => {} };

/**
 * Makes the outputs of the given units: one image build, then the plugins, as many at a time as there are
 * cores. Outputs go into the cache as they come; the tree is not touched.
 * @throws WirehouseError PROTO, BUF, PLUGIN, OUTPUT or INTERRUPTED
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
  const { signal, progress = silent, cache } = options;
  progress.phase("compiling");
  const image = await compile({
    root: plan.workspace.root,
    buf: plan.buf.file,
    graph: plan.graph,
    wanted: new Set(units.flatMap((unit) => unit.generate)),
    signal,
  });
  const pool = new WorkerPool(signal);
  const context: RunContext = {
    root: plan.workspace.root,
    image,
    pool,
    unpatched: options.unpatched ?? false,
    signal,
  };
  const keep = (unit: Unit, files: readonly OutputFile[]) => {
    refuseNames(unit, files);
    produced.set(unit, files);
    if (unit.key !== undefined) {
      cache.put(unit.key, files);
    }
  };
  progress.phase("generating", units.length);
  try {
    await inParallel(planBatches(plan, units), async (batch) => {
      const outputs = attributeOutputs(batch, await runBatch(context, batch));
      if (outputs === undefined) {
        for (const unit of batch.units) {
          keep(
            unit,
            await runBatch(context, { ...batch, units: [unit], generate: unit.generate, roots: unit.roots }),
          );
        }
      } else {
        for (const [unit, files] of outputs) {
          keep(unit, files);
        }
      }
      progress.step(batch.units.length);
    });
  } finally {
    await pool.close();
  }
  return produced;
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
async function inParallel(batches: readonly Batch[], run: (batch: Batch) => Promise<void>): Promise<void> {
  const queue = [...batches];
  const failures: unknown[] = [];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined && failures.length === 0; next = queue.shift()) {
      try {
        await run(next);
      } catch (reason) {
        failures.push(reason);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  if (failures.length > 0) {
    throw failures[0];
  }
}
