import { WirehouseError } from "../errors.ts";
import { compareFindings, compareText, type Finding } from "../report/finding.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { compareLocks } from "./compare-locks.ts";
import { type LockedPackage, lockName, parseLock, type VendorLock } from "./lock-file.ts";
import { digestOf } from "./plan-vendor.ts";
import { readVendorState, type VendorState } from "./vendor.ts";

const help = "run `wirehouse vendor`";

/**
 * Compares the vendor folder with what `wirehouse vendor` would make of it, without writing anything. No
 * findings where wirehouse.yaml has no `vendor`. A configuration that cannot be carried out, such as a package
 * that is not installed, is a finding too.
 * @throws what is no {@link WirehouseError}
 */
export async function checkVendor(workspace: Workspace): Promise<Finding[]> {
  try {
    const state = await readVendorState(workspace);
    return state === undefined ? [] : compareVendor(state);
  } catch (reason) {
    if (reason instanceof WirehouseError) {
      return [...reason.findings];
    }
    throw reason;
  }
}

/** The differences between plan and tree, each with its cause. Pure but for reading the tree's files. */
export function compareVendor({ out, plan, tree }: VendorState): Finding[] {
  const lockText = tree.text(lockName);
  const lock = lockText === undefined ? undefined : parseLock(lockText);
  const locked = lockedDigests(lock);
  const files = [...plan.files].filter(([path]) => path !== lockName);
  const findings = [
    ...lockFindings(`${out}/${lockName}`, lockText, lock, plan.lock),
    ...files.flatMap(([path, text]) =>
      tree.has(path, text)
        ? []
        : [fileFinding(`${out}/${path}`, tree.text(path), text, locked.get(path), ownerOf(plan.lock, path))],
    ),
    ...tree.paths
      .filter((path) => !plan.files.has(path))
      .map((path) => orphan(`${out}/${path}`, locked.has(path))),
  ];
  return findings.sort(compareFindings);
}

function lockFindings(
  path: string,
  text: string | undefined,
  lock: VendorLock | undefined,
  planned: VendorLock,
): Finding[] {
  const found = (message: string): Finding => ({
    rule: "VENDOR_LOCK",
    severity: "error",
    message,
    path,
    help,
  });
  if (text === undefined) {
    return [found("the lock of the vendored files is missing")];
  }
  if (lock === undefined) {
    return [found("the lock of the vendored files is not one that this version of wirehouse writes")];
  }
  return compareLocks(lock, planned, text).map(found);
}

function fileFinding(
  path: string,
  actual: string | undefined,
  expected: string,
  lockedDigest: string | undefined,
  owner: string,
): Finding {
  const found = (rule: string, message: string): Finding => ({
    rule,
    severity: "error",
    message,
    path,
    help,
  });
  const license = path.includes("/LICENSES/");
  const what = license ? `the licence of ${owner}` : `a vendored file of ${owner}`;
  if (actual === undefined) {
    return found(license ? "VENDOR_LICENSE" : "VENDOR_MISSING", `${what} is missing`);
  }
  if (actual.replaceAll("\r\n", "\n") === expected) {
    return found("VENDOR_EDITED", `${what} has CRLF line endings: it was vendored with LF`);
  }
  return digestOf(actual) === lockedDigest
    ? found(
        "VENDOR_STALE",
        `${what} is as it was vendored, but the installed package or wirehouse.yaml has changed`,
      )
    : found("VENDOR_EDITED", `${what} was edited by hand, or merged: it is not what ${owner} contains`);
}

function orphan(path: string, locked: boolean): Finding {
  return {
    rule: "VENDOR_ORPHAN",
    severity: "error",
    message: locked
      ? "wirehouse.yaml no longer asks for this vendored file"
      : "this file does not belong in the vendor folder: nothing in wirehouse.yaml provides it",
    path,
    help: `${help}: it removes the file; move it out first if it is yours`,
  };
}

function lockedDigests(lock: VendorLock | undefined): Map<string, string> {
  return new Map(
    Object.values(lock?.packages ?? {}).flatMap(({ license, files }) => [
      [license.path, license.sha256] as const,
      ...Object.entries(files).map(([path, file]) => [path, file.sha256] as const),
    ]),
  );
}

function ownerOf(lock: VendorLock, path: string): string {
  const owns = ([, entry]: [string, LockedPackage]) => entry.license.path === path || path in entry.files;
  const [name, entry] = Object.entries(lock.packages)
    .sort(([a], [b]) => compareText(a, b))
    .find(owns) ?? ["", undefined];
  return entry === undefined ? name : `${name} ${entry.version}`;
}
