import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure, systemErrorCode } from "../errors.ts";
import { writeFileAtomic } from "../io/write-file.ts";
import { lockName } from "./lock-file.ts";
import type { VendorPlan } from "./plan-vendor.ts";
import type { VendorTree } from "./vendor-tree.ts";

/** What applying a plan changed, by path relative to the vendor folder. */
export interface VendorChanges {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** What would have to change for the folder to be as planned. */
export function vendorChanges(plan: VendorPlan, tree: VendorTree): VendorChanges {
  return {
    written: [...plan.files].filter(([path, text]) => !tree.has(path, text)).map(([path]) => path),
    removed: tree.paths.filter((path) => !plan.files.has(path) || tree.isForeign(path)),
  };
}

/**
 * Makes the folder as planned: what does not belong there goes first, then files that differ are written, each
 * atomically, the lock last. Interrupted, it is completed by the next run.
 * @throws WirehouseError IO when the file system refuses
 */
export function applyVendor(root: string, out: string, plan: VendorPlan, changes: VendorChanges): void {
  const folder = join(root, out);
  const order = [...changes.written].sort((a, b) => Number(a === lockName) - Number(b === lockName));
  let at = out;
  try {
    for (const path of changes.removed) {
      at = `${out}/${path}`;
      rmSync(join(folder, path), { force: true });
      removeEmptyFolders(folder, dirname(path));
    }
    for (const path of order) {
      at = `${out}/${path}`;
      writeFileAtomic(join(folder, path), plan.files.get(path) ?? "");
    }
  } catch (reason) {
    throw failure("IO", `${at} cannot be written: ${systemErrorCode(reason) ?? String(reason)}`, {
      path: at,
      cause: reason,
    });
  }
}

function removeEmptyFolders(folder: string, path: string): void {
  for (let at = path; at !== "."; at = dirname(at)) {
    if (readdirSync(join(folder, at)).length > 0) {
      return;
    }
    rmdirSync(join(folder, at));
  }
}
