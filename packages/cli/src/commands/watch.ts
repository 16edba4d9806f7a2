import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RemotePauses } from "../cache/remote-link.ts";
import { WirehouseError } from "../errors.ts";
import { WorkerPool } from "../execute/worker-pool.ts";
import { FolderWatch } from "../io/folder-watch.ts";
import type { Finding } from "../report/finding.ts";
import type { WatchTiming } from "../watch/decide.ts";
import { startWatchLoop } from "../watch/watch-loop.ts";
import { type Interest, matters, watchedFolders } from "../watch/watched-folders.ts";
import { loadGenerateWorkspace } from "../workspace/workspace.ts";
import { type GenerateOptions, type GenerateResult, generate } from "./generate.ts";

/** How one run of a watcher ended. */
export type WatchOutcome =
  | { readonly kind: "done"; readonly result: GenerateResult; readonly milliseconds: number }
  | { readonly kind: "failed"; readonly findings: readonly Finding[] };

export interface WatchOptions extends Omit<GenerateOptions, "pool" | "remotePauses"> {
  /** Ends watching. */
  readonly signal: AbortSignal;
  /** Told of each run that matters: one whose sources changed meanwhile, and failed, is followed by another. */
  readonly onOutcome: (outcome: WatchOutcome) => void;
  /** Told when the first run is over, and again when other folders are watched: how many. */
  readonly onWatching?: (folders: number) => void;
  readonly timing?: WatchTiming;
}

/** Milliseconds between two looks where the system refuses to watch. */
const pollMs = 1000;

/**
 * Generates, and again whenever something changes that the output depends on, until the signal. What changes is only a
 * hint that a run is due: the run itself finds out what there is to do, as without watching. A failure is told, leaves
 * the last good output, and ends nothing.
 * @returns whether a run was interrupted
 * @throws WirehouseError USAGE when the directory is no workspace root
 */
export async function watch(options: WatchOptions): Promise<boolean> {
  const { signal, onOutcome } = options;
  const root = rootOf(options.cwd);
  const pool = new WorkerPool();
  const remotePauses: RemotePauses = new Map();
  let interests: ReadonlyMap<string, Interest> = new Map();
  let poll: NodeJS.Timeout | undefined;
  let announced = 0;

  const folders = new FolderWatch((folder, name) => {
    if (matters(interests.get(folder), name, name !== undefined && isFolder(folder, name))) {
      loop.changed();
    }
  });
  const isFolder = (folder: string, name: string) => {
    const path = join(folder, name);
    return folders.has(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
  };
  const run = async (): Promise<WatchOutcome> => {
    const started = performance.now();
    try {
      // Watch first, then look: what changes in between is seen twice rather than never.
      interests = watchedFolders(root, tryLoad(root), interests);
      const refusal = folders.set(new Set(interests.keys()));
      if (refusal !== undefined && poll === undefined) {
        options.warn?.(explainRefusal(refusal));
        poll = setInterval(() => loop.changed(), pollMs);
      }
      const result = await generate({ ...options, cwd: root, pool, remotePauses });
      return { kind: "done", result, milliseconds: performance.now() - started };
    } catch (reason) {
      if (reason instanceof WirehouseError) {
        return { kind: "failed", findings: reason.findings };
      }
      throw reason;
    }
  };
  const loop = startWatchLoop<WatchOutcome>(
    {
      now: () => performance.now(),
      setTimer(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      run,
      report(outcome, isStale) {
        if (outcome.kind === "done" || !isStale) {
          onOutcome(outcome);
        }
        if (!isStale && announced !== folders.folders.length) {
          announced = folders.folders.length;
          options.onWatching?.(announced);
        }
      },
      // The run has the same signal.
      abort: () => {},
    },
    options.timing,
  );
  const onAbort = () => loop.stop();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) {
    onAbort();
  }
  try {
    return await loop.ended;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearInterval(poll);
    folders.close();
    await pool.close();
  }
}

/** @throws WirehouseError where no edit of a file can mend what is wrong */
function rootOf(directory: string): string {
  try {
    return loadGenerateWorkspace(directory).root;
  } catch (reason) {
    if (reason instanceof WirehouseError && reason.code === "CONFIG") {
      return realpathSync(directory);
    }
    throw reason;
  }
}

/** @returns undefined where the configuration is wrong: the run tells what is */
function tryLoad(root: string) {
  try {
    return loadGenerateWorkspace(root);
  } catch (reason) {
    if (reason instanceof WirehouseError) {
      return undefined;
    }
    throw reason;
  }
}

function explainRefusal(code: string): string {
  const why =
    code === "ENOSPC"
      ? "the system allows no more watches (raise fs.inotify.max_user_watches)"
      : code === "EMFILE"
        ? "the system allows no more watchers (raise fs.inotify.max_user_instances)"
        : `some folders cannot be watched (${code})`;
  return `${why}; looking for changes every ${pollMs / 1000} s instead`;
}
