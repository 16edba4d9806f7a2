import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode, WirehouseError } from "../errors.ts";
import { takeLock } from "../execute/lock.ts";
import { walk } from "../io/files.ts";
import type { CacheStats } from "./store.ts";

/** What is remembered of checkouts: an entry each. */
export function checkoutStats(cacheDirectory: string): CacheStats {
  const files = walk(join(cacheDirectory, "checkouts"));
  const sizes = files.map(
    ({ path }) => statSync(join(cacheDirectory, "checkouts", path), { throwIfNoEntry: false })?.size ?? 0,
  );
  return {
    entries: new Set(files.map(({ path }) => path.split("/")[0])).size,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/**
 * Forgets what is remembered of checkouts; their next run looks at everything anew. One where a run is under way
 * is left as it is: the run would write its record again, and its lock must stay.
 * @returns what was removed, and how many were left
 */
export async function clearCheckouts(cacheDirectory: string): Promise<CacheStats & { left: number }> {
  const removed = { entries: 0, bytes: 0, left: 0 };
  const folder = join(cacheDirectory, "checkouts");
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const checkout = join(folder, name);
    const release = await tryLock(join(checkout, "lock"));
    if (release === undefined) {
      removed.left++;
      continue;
    }
    try {
      for (const { path } of walk(checkout).filter((file) => !/^lock\b/.test(file.path))) {
        removed.bytes += statSync(join(checkout, path), { throwIfNoEntry: false })?.size ?? 0;
        rmSync(join(checkout, path), { force: true });
      }
    } finally {
      release();
    }
    removed.entries++;
    try {
      rmdirSync(checkout);
    } catch {
      // A run has begun in it.
    }
  }
  return removed;
}

async function tryLock(path: string): Promise<(() => void) | undefined> {
  try {
    return await takeLock(path, { waitMs: 0 });
  } catch (reason) {
    if (reason instanceof WirehouseError || systemErrorCode(reason) !== undefined) {
      return undefined;
    }
    throw reason;
  }
}
