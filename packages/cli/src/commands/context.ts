import { cacheDirectory } from "../cache/cache-directory.ts";
import { type RunState, readState, statePath, writeState } from "../cache/state.ts";
import { LocalCache, noCache, type OutputCache } from "../cache/store.ts";
import { takeLock } from "../execute/lock.ts";
import { type Progress, silent } from "../report/progress.ts";
import { type GenerateWorkspace, loadGenerateWorkspace } from "../workspace/workspace.ts";

/** What the commands that evaluate a workspace have in common. */
export interface RunOptions {
  readonly cwd: string;
  /** Leaves the cache and what the last run left behind alone: everything is read and made anew. */
  readonly noCache?: boolean;
  /** Runs the plugin framework as published, without the patches for speed. */
  readonly unpatched?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
  /** Told what a user should know and no result depends on. */
  readonly warn?: (message: string) => void;
}

export interface RunSession {
  readonly workspace: GenerateWorkspace;
  readonly state: RunState;
  readonly cache: OutputCache;
  readonly progress: Progress;
  save(state: RunState): void;
}

/** Milliseconds that a run waits for another one in the same checkout. */
const lockWaitMs = 120_000;

/** Opens a checkout for one run at a time, and closes it whatever happens. */
export async function withSession<Result>(
  options: RunOptions,
  use: (session: RunSession) => Promise<Result>,
): Promise<Result> {
  const warn = options.warn ?? (() => {});
  const workspace = loadGenerateWorkspace(options.cwd);
  const directory = cacheDirectory();
  const file = statePath(directory, workspace.root);
  const release = await takeLock(`${file}.lock`, {
    waitMs: lockWaitMs,
    signal: options.signal,
    onWait: (pid) => warn(`another run (process ${pid}) is writing here; waiting for it`),
  });
  try {
    const cache = options.noCache
      ? undefined
      : new LocalCache(directory, { maxBytes: workspace.wirehouse.cache.maxSizeMb * 1_000_000, warn });
    const result = await use({
      workspace,
      state: readState(file),
      cache: cache ?? noCache,
      progress: options.progress ?? silent,
      save: (state) => writeState(file, state, warn),
    });
    cache?.evict();
    return result;
  } finally {
    release();
  }
}
