import { randomUUID } from "node:crypto";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { InterceptorError } from "../../errors.ts";

/** How a lock file is waited for. */
export interface FileLockOptions {
  /** How long to wait for the lock, in milliseconds. */
  readonly waitMs: number;
  /** A lock file older than this belongs to a process that died, in milliseconds. */
  readonly staleMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
}

const pollMs = 20;

/**
 * Runs `task` while this process alone has the lock file. Throws `store_locked` when others keep it for too long. It works on
 * a local file system, and on network ones where creating a file exclusively is atomic.
 */
export async function withFileLock<T>(
  path: string,
  options: FileLockOptions,
  task: () => Promise<T>,
): Promise<T> {
  const giveUpAt = options.now() + options.waitMs;
  while (!(await create(path))) {
    await removeStale(path, options.staleMs);
    if (options.now() >= giveUpAt) {
      throw new InterceptorError(
        "store_locked",
        `another process kept the lock of the token store for more than ${options.waitMs} ms`,
      );
    }
    await options.sleep(pollMs * (0.5 + Math.random()));
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) {
      return false;
    }
    throw error;
  }
}

/** Of several processes that find it stale, one alone succeeds in renaming it. */
async function removeStale(path: string, staleMs: number): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > staleMs) {
      const aside = `${path}.${randomUUID()}`;
      await rename(path, aside);
      if (Date.now() - (await stat(aside)).mtimeMs <= staleMs) {
        // Between the look and the move another process had cleared the old one and made its own: give that back.
        await link(aside, path);
      }
      await rm(aside, { force: true });
    }
  } catch (error) {
    if (!isCode(error, "ENOENT")) {
      throw error;
    }
  }
}

/** Whether an error of the file system has a code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
