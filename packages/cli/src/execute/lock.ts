import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { failure, systemErrorCode } from "../errors.ts";

export interface LockOptions {
  /** Milliseconds to wait for the other run before giving up. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when waiting begins, with the process that holds the lock. */
  readonly onWait?: (holder: number) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Boot and start time where the system tells, so that a reused process id is not taken for the holder. */
  readonly started: string | undefined;
}

/**
 * Takes the lock of a checkout: one writing run at a time. A lock whose process is gone, killed at any
 * moment, is taken over at once.
 * @returns a function that gives the lock back
 * @throws WirehouseError LOCKED when another run holds it for longer than `waitMs`
 */
export async function takeLock(path: string, options: LockOptions): Promise<() => void> {
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const deadline = now() + options.waitMs;
  const own = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
  } satisfies Holder);
  mkdirSync(dirname(path), { recursive: true });
  for (let waiting = false; ; ) {
    if (tryCreate(path, own)) {
      return () => release(path, own);
    }
    const holder = readHolder(path);
    if (holder === "unreadable" || (holder !== undefined && isGone(holder))) {
      removeStale(path, holder);
      continue;
    }
    if (options.signal?.aborted) {
      throw failure("INTERRUPTED", "interrupted while waiting for another run");
    }
    if (now() >= deadline) {
      throw failure(
        "LOCKED",
        `another run (process ${holder?.pid ?? "unknown"}) is writing in this checkout`,
        {
          help: "wait for it to end, then run this again",
        },
      );
    }
    if (!waiting) {
      waiting = true;
      options.onWait?.(holder?.pid ?? 0);
    }
    await sleep(50);
  }
}

/** The lock appears with its content or not at all: a run killed in between leaves no lock that nobody holds. */
function tryCreate(path: string, content: string): boolean {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (reason) {
    if (systemErrorCode(reason) === "EEXIST") {
      return false;
    }
    throw reason;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** A lock appears whole, so that one which cannot be read was damaged since, as by a power cut: nobody holds it. */
function readHolder(path: string): Holder | "unreadable" | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined; // Just given back: look again.
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return "unreadable";
  }
}

/** Takes away the lock of a process that is gone, unless another run has already put its own in its place. */
function removeStale(path: string, holder: Holder | "unreadable"): void {
  const aside = `${path}.${process.pid}-stale`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Another run was faster.
  }
  if (JSON.stringify(readHolder(aside)) !== JSON.stringify(holder)) {
    linkSync(aside, path);
  }
  rmSync(aside, { force: true });
}

function release(path: string, own: string): void {
  try {
    if (readFileSync(path, "utf8") === own) {
      rmSync(path, { force: true });
    }
  } catch {
    // Someone took the file away: there is nothing to give back.
  }
}

function isGone({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (reason) {
    return systemErrorCode(reason) === "ESRCH";
  }
  return started !== undefined && startOf(pid) !== started;
}

/** Start time of a process, where /proc tells it. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
