import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPackage } from "../execute/npm-lookup.ts";
import { digestOf } from "../graph/closure-digests.ts";
import { walk } from "../io/files.ts";
import { isSettled, type Stamp, stampOf } from "../io/stamps.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { lockName, parseLock } from "./lock-file.ts";

/** Where package managers keep the integrity of what is installed. */
const lockFiles = ["pnpm-lock.yaml", "package-lock.json", "node_modules/.package-lock.json"];

/**
 * A digest over the stamps of all that the check of the vendor folder reads: the folder, what the lock names
 * inside the installed packages, and the package manager's lock. Equal digests mean an equal outcome.
 * `undefined` where there is no lock to go by, or a file is too new for its stamp to be trusted.
 */
export function vendorStamps({ root, wirehouse: { vendor } }: Workspace, now: number): string | undefined {
  if (vendor === undefined) {
    return undefined;
  }
  const lock = readLock(join(root, vendor.out, lockName));
  if (lock === undefined) {
    return undefined;
  }
  const files = new Set(lockFiles.map((file) => join(root, file)));
  for (const { path } of walk(join(root, vendor.out))) {
    files.add(join(root, vendor.out, path));
  }
  for (const config of vendor.packages) {
    const directory = findPackage(root, config.name)?.directory;
    const locked = lock.packages[config.name];
    if (directory === undefined || locked === undefined) {
      return undefined;
    }
    // A module of generated code stands for whatever it imports: then the package counts whole.
    const isWhole = Object.keys(config.descriptors).length > 0;
    const names = isWhole
      ? walk(directory).map(({ path }) => path)
      : [...Object.values(locked.files).map((file) => file.source), "package.json", locked.license.source];
    for (const name of names) {
      files.add(
        name.startsWith("workspace:") ? join(root, name.slice("workspace:".length)) : join(directory, name),
      );
    }
  }
  const stamps = [...files].map((file): [string, Stamp | undefined] => [file, stampOf(file)]);
  return stamps.every(([, stamp]) => stamp === undefined || isSettled(stamp, now))
    ? digestOf([JSON.stringify(vendor), ...stamps.map(([file, stamp]) => `${file} ${stamp}`)])
    : undefined;
}

function readLock(file: string) {
  try {
    return parseLock(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
