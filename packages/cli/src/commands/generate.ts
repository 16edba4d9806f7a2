import { failure } from "../errors.ts";
import { applyChanges } from "../execute/apply-changes.ts";
import { type Evaluation, evaluate } from "../execute/evaluate.ts";
import { preloadPlugins } from "../execute/preload-plugins.ts";
import { scopeToDomain } from "../plan/domain-scope.ts";
import { explainUnit } from "../plan/explain.ts";
import { makePlan } from "../plan/make-plan.ts";
import { traced } from "../report/tracer.ts";
import { type RunOptions, type RunSession, withSession } from "./context.ts";

export interface GenerateResult {
  /** Files that the output folders hold. */
  readonly files: number;
  /** Units whose plugin ran, those whose outputs came from the cache, and all units. */
  readonly ran: number;
  readonly restored: number;
  readonly units: number;
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

export interface GenerateOptions extends RunOptions {
  /** Restricts the run to a directory of import paths, such as "partner/document". Default: everything. */
  readonly only?: string | undefined;
}

/**
 * Brings the output folders up to date. Everything is made before anything is written, so an error leaves the
 * tree as it was; a run that is killed while it writes leaves a tree that the next run completes.
 * @throws WirehouseError
 */
export function generate(options: GenerateOptions): Promise<GenerateResult> {
  return withSession(options, async (session) => {
    const { programs, unbroken } = session;
    const result =
      unbroken === undefined
        ? await bringUpToDate(session, options)
        : { files: unbroken.files, units: unbroken.units, ran: 0, restored: 0, written: [], removed: [] };
    if (options.pool !== undefined) {
      preloadPlugins(options.pool, [...programs.plugins, ...programs.rules], options.unpatched ?? false);
    }
    return result;
  });
}

async function bringUpToDate(session: RunSession, options: GenerateOptions): Promise<GenerateResult> {
  const { workspace, progress, tracer } = session;
  const state = traced(tracer, "read state", () => session.readState());
  const full = traced(tracer, "plan", () => makePlan(workspace, session.programs, session.survey, state));
  const scope = options.only === undefined ? undefined : scopeToDomain(full, state, options.only);
  const plan = scope?.plan ?? full;
  const evaluation = await evaluate(plan, session.survey, state, {
    scope,
    tracer,
    cache: session.cache,
    remote: session.remote,
    progress,
    signal: options.signal,
    unpatched: options.unpatched ?? false,
    pool: options.pool,
  });
  refuseForeign(evaluation);
  const { changes } = evaluation;
  // Folders that were output folders until now may be left empty too.
  const outs = [...evaluation.outs, ...state.outs];
  progress.phase("writing", changes.length);
  traced(tracer, "write", () =>
    applyChanges(workspace.root, outs, changes, evaluation.content, {
      signal: options.signal,
      onWrite: () => progress.step(1),
    }),
  );
  traced(tracer, "write state", () => session.remember(evaluation, state, scope && full));
  return {
    files: evaluation.desired.size,
    ran: evaluation.ran.length,
    restored: evaluation.restored.length,
    units: plan.units.length,
    written: changes.filter((change) => change.kind !== "remove").map((change) => change.path),
    removed: changes.filter((change) => change.kind === "remove").map((change) => change.path),
  };
}

/** One line of `generate --plan`. */
export interface PlanStep {
  readonly action: "run" | "write" | "remove";
  /** The unit that would run, or the file that would be written or removed. */
  readonly what: string;
  readonly why: string;
}

/** What `generate` would do and why, as far as it can be known without running a plugin. Writes nothing. */
export function planGenerate(options: GenerateOptions): Promise<PlanStep[]> {
  return withSession(options, async ({ workspace, programs, survey, cache, readState }) => {
    const state = readState();
    const full = makePlan(workspace, programs, survey, state);
    const scope = options.only === undefined ? undefined : scopeToDomain(full, state, options.only);
    const plan = scope?.plan ?? full;
    const pending: string[] = [];
    const steps: PlanStep[] = [];
    const kept = new Set(Object.values(state.units).map((record) => record.key));
    for (const unit of plan.units) {
      const isKnown = unit.key !== undefined && (kept.has(unit.key) || cache.get(unit.key) !== undefined);
      if (!isKnown) {
        pending.push(unit.id);
        const causes = explainUnit(plan, state, unit) ?? ["it was never generated here"];
        steps.push({
          action: "run",
          what: unit.id,
          why: causes.join("; ") || "its output is not in the cache",
        });
      }
    }
    if (pending.length > 0) {
      return steps;
    }
    const { changes } = await evaluate(plan, survey, state, { cache, scope, signal: options.signal });
    return changes.map(({ path, kind }) => ({
      action: kind === "remove" ? "remove" : "write",
      what: path,
      why:
        kind === "remove"
          ? "nothing generates it any more"
          : kind === "create"
            ? "it is missing"
            : "its content is not what its inputs give",
    }));
  });
}

function refuseForeign({ foreign }: Evaluation): void {
  const [first] = foreign;
  if (first !== undefined) {
    const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more)` : "";
    throw failure(
      "CONFIG",
      `${first}${more} is in an output folder that \`clean: true\` gives to the tool, and nothing shows that it was generated: nothing was deleted`,
      {
        path: first,
        help: "move it out of the output folder or delete it, or point `out` at a folder of its own",
      },
    );
  }
}
