import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../errors.ts";
import type { ScannedSource } from "../graph/scan-sources.ts";
import { isSettled, sameStamp, stampOf } from "../io/stamps.ts";

/**
 * Makes sure that the compiler read the sources which the keys were made from. What it compiled from a later save must
 * not be kept under the key of an earlier one: a wrong cache would outlive the moment.
 * @param paths import paths of what was compiled
 * @param surveyedAt when the stamps were taken, at the earliest; milliseconds of the wall clock
 * @throws WirehouseError CHANGED
 */
export function refuseChangedSources(
  root: string,
  sources: readonly ScannedSource[],
  paths: { has(path: string): boolean },
  surveyedAt: number,
): void {
  for (const { proto, stamp } of sources) {
    if (!paths.has(proto.path)) {
      continue;
    }
    const file = join(root, proto.file);
    // Two writes within a tick of the file system's clock leave one stamp: of a file that was new then only its bytes tell.
    if (
      !sameStamp(stamp, stampOf(file)) ||
      (!isSettled(stamp, surveyedAt) && hash("sha256", readFileSync(file)) !== proto.digest)
    ) {
      throw failure("CHANGED", `${proto.file} changed while it was being compiled: nothing was written`, {
        path: proto.file,
        help: "run it again",
      });
    }
  }
}
