import { join } from "node:path";
import { cacheDirectory } from "../cache/cache-directory.ts";
import { linkRemote, type RemoteLink, type RemotePauses } from "../cache/remote-link.ts";
import { noSeal, readSeal, type Seal, sealDigest, writeSeal } from "../cache/seal.ts";
import { checkoutDirectory, emptyState, type RunState, readState, writeState } from "../cache/state.ts";
import { LocalCache, noCache, type OutputCache } from "../cache/store.ts";
import { WirehouseError } from "../errors.ts";
import { type Evaluation, installedRange } from "../execute/evaluate.ts";
import { takeLock } from "../execute/lock.ts";
import { isStateCurrent, mergeState, nextState } from "../execute/next-state.ts";
import { findPrograms, type Programs } from "../execute/programs.ts";
import { type Survey, takeSurvey } from "../execute/survey.ts";
import type { WorkerPool } from "../execute/worker-pool.ts";
import type { Plan } from "../plan/make-plan.ts";
import { type Progress, silent } from "../report/progress.ts";
import { noTracer, type Tracer, traced, tracedAsync } from "../report/tracer.ts";
import { type GenerateWorkspace, loadGenerateWorkspace } from "../workspace/workspace.ts";

/** What the commands that evaluate a workspace have in common. */
export interface RunOptions {
  readonly cwd: string;
  /** Leaves the cache and what the last run left behind alone: everything is read and made anew. */
  readonly noCache?: boolean;
  /** Runs the plugin framework as published, without the patches for speed. */
  readonly unpatched?: boolean;
  /** Workers that outlive the run, for callers that run often. Default: the run has its own. */
  readonly pool?: WorkerPool | undefined;
  /** Remote caches that runs which share this leave alone for a while after a failure. Default: the run has its own. */
  readonly remotePauses?: RemotePauses | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
  readonly tracer?: Tracer | undefined;
  /** Told what a user should know and no result depends on. */
  readonly warn?: (message: string) => void;
}

/** A checkout that is open for one run. */
export interface RunSession {
  readonly workspace: GenerateWorkspace;
  readonly programs: Programs;
  readonly survey: Survey;
  readonly cache: OutputCache;
  /** `undefined` where caches are not to be used. */
  readonly remote: RemoteLink | undefined;
  readonly progress: Progress;
  readonly tracer: Tracer;
  /** The last run's seal, if all is still as it was then: there is nothing to do. */
  readonly unbroken: Seal | undefined;
  /** What the last run remembers. Large, so read where it is needed. */
  readState(): RunState;
  /**
   * Remembers an evaluation whose changes have been applied.
   * @param full the whole plan, where only a part of it was evaluated
   */
  remember(evaluation: Evaluation, before: RunState, full?: Plan): void;
}

/** Milliseconds that a run waits for another one in the same checkout. */
const lockWaitMs = 120_000;

/** How often a run starts over because its sources changed under it. */
const attempts = 5;

/**
 * Opens a checkout for one run at a time, and closes it whatever happens. Starts over when a source changes while it is
 * being compiled.
 */
export async function withSession<Result>(
  options: RunOptions,
  use: (session: RunSession) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await trySession(options, use);
    } catch (reason) {
      if (attempt === attempts || !(reason instanceof WirehouseError && reason.code === "CHANGED")) {
        throw reason;
      }
    }
  }
}

async function trySession<Result>(
  options: RunOptions,
  use: (session: RunSession) => Promise<Result>,
): Promise<Result> {
  const warn = options.warn ?? (() => {});
  const tracer = options.tracer ?? noTracer;
  const workspace = traced(tracer, "load configuration", () => loadGenerateWorkspace(options.cwd));
  const directory = cacheDirectory();
  const checkout = checkoutDirectory(directory, workspace.root);
  const release = await tracedAsync(tracer, "take lock", () =>
    takeLock(join(checkout, "lock"), {
      waitMs: lockWaitMs,
      signal: options.signal,
      onWait: (pid) => warn(`another run (process ${pid}) is writing here; waiting for it`),
    }),
  );
  const remote = options.noCache
    ? undefined
    : linkRemote(workspace.wirehouse.cache.remote, process.env, warn, options.remotePauses);
  try {
    const cache = options.noCache
      ? undefined
      : new LocalCache(directory, { maxBytes: workspace.wirehouse.cache.maxSizeMb * 1_000_000, warn });
    const result = await use(openSession(options, workspace, checkout, cache ?? noCache, remote, warn));
    await tracedAsync(tracer, "close caches", async () => {
      await remote?.close();
      cache?.evict();
    });
    return result;
  } finally {
    remote?.abort();
    release();
  }
}

function openSession(
  options: RunOptions,
  workspace: GenerateWorkspace,
  checkout: string,
  cache: OutputCache,
  remote: RemoteLink | undefined,
  warn: (message: string) => void,
): RunSession {
  const tracer = options.tracer ?? noTracer;
  const sealFile = join(checkout, "seal.json");
  const stateFile = join(checkout, "state.json");
  const last = options.noCache ? noSeal : traced(tracer, "read seal", () => readSeal(sealFile));
  const programFiles = new Map(Object.entries(last.programFiles));
  const programs = traced(tracer, "find programs", () =>
    findPrograms(workspace, {
      get: (file) => programFiles.get(file),
      set: (file, stamp, digest) => programFiles.set(file, { stamp, digest }),
    }),
  );
  const survey = traced(tracer, "survey", () => takeSurvey(workspace));
  const ranges = Object.fromEntries(
    Object.keys(last.ranges).map((name) => [name, installedRange(workspace.root, name)]),
  );
  const digest = (known: Seal["ranges"]) => sealDigest(workspace, programs, survey, known, Date.now());
  return {
    workspace,
    programs,
    survey,
    cache,
    remote,
    progress: options.progress ?? silent,
    tracer,
    unbroken:
      last.digest !== undefined && last.digest === traced(tracer, "compare seal", () => digest(ranges))
        ? last
        : undefined,
    readState() {
      const state = readState(stateFile);
      return options.noCache ? forgetful(state) : state;
    },
    remember(evaluation, before, full) {
      const isCurrent = full === undefined && isStateCurrent(evaluation, before);
      if (!isCurrent) {
        const state =
          full === undefined
            ? nextState(evaluation, Date.now())
            : mergeState(before, evaluation, full, Date.now());
        writeState(stateFile, state, warn);
      }
      const seal: Seal = {
        // Only a run that found nothing to do has looked at the tree as it is now.
        digest: isCurrent ? digest(evaluation.ranges) : undefined,
        files: evaluation.desired.size,
        units: evaluation.plan.units.length,
        ranges: evaluation.ranges,
        programFiles: Object.fromEntries(programFiles),
      };
      writeSeal(sealFile, seal, warn);
    },
  };
}

/** The last run's record of what it wrote, without anything that could be reused. */
function forgetful(state: RunState): RunState {
  const outputs = Object.fromEntries(
    Object.entries(state.outputs).map(([path, { digest }]) => [path, { digest, stamp: undefined }]),
  );
  return { ...emptyState, outs: state.outs, outputs };
}
