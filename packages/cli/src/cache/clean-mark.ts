import { readFileSync } from "node:fs";
import { writeFileAtomic } from "../io/write-file.ts";

/**
 * Runs a check unless it found nothing the last time under the same digest. Only a clean outcome is remembered.
 *
 * @param digest covers all that the check reads; `undefined` where that cannot be told
 */
export async function unlessClean<Found>(
  file: string,
  digest: string | undefined,
  check: () => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  if (digest !== undefined && digest === readMark(file)) {
    return [];
  }
  const found = await check();
  if (digest !== undefined && found.length === 0) {
    try {
      writeFileAtomic(file, digest);
    } catch {
      // A cache folder that cannot be written costs the next run the check, and nothing else.
    }
  }
  return found;
}

function readMark(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
