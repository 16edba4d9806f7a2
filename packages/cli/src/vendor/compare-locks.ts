import { compareText } from "../report/finding.ts";
import { formatLock, type LockedPackage, type VendorLock } from "./lock-file.ts";

/**
 * What makes a lock out of date, in words: packages and versions first, then files. Where only its layout
 * differs from what would be written, it says so.
 */
export function compareLocks(actual: VendorLock, planned: VendorLock, actualText: string): string[] {
  const names = [...new Set([...Object.keys(actual.packages), ...Object.keys(planned.packages)])];
  const differences = names.sort(compareText).flatMap((name) => {
    const before = actual.packages[name];
    const after = planned.packages[name];
    if (before === undefined) {
      return [`wirehouse.yaml asks for ${name}, which the lock does not have`];
    }
    return after === undefined
      ? [`the lock has ${name}, which wirehouse.yaml no longer asks for`]
      : comparePackages(name, before, after);
  });
  return differences.length === 0 && actualText !== formatLock(planned)
    ? [
        "the lock's entries are right but not written as `wirehouse vendor` writes them: it was edited by hand, or merged",
      ]
    : differences;
}

function comparePackages(name: string, before: LockedPackage, after: LockedPackage): string[] {
  if (before.version !== after.version) {
    return [`the lock has ${name} ${before.version}, but ${after.version} is installed`];
  }
  const differences: string[] = [];
  if (before.integrity !== after.integrity) {
    differences.push(
      `the lock has ${name} ${before.version} with integrity ${before.integrity}, the package manager's lock file has ${after.integrity}`,
    );
  }
  if (JSON.stringify(before.license) !== JSON.stringify(after.license)) {
    differences.push(
      `the lock has another licence text for ${name} ${before.version} than the one installed`,
    );
  }
  const paths = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])].sort(compareText);
  return [...differences, ...paths.flatMap((path) => compareFiles(name, path, before, after))];
}

function compareFiles(name: string, path: string, before: LockedPackage, after: LockedPackage): string[] {
  const was = before.files[path];
  const is = after.files[path];
  if (was === undefined) {
    return [`${path} of ${name} is wanted, and the lock does not have it`];
  }
  if (is === undefined) {
    return [`the lock has ${path} of ${name}, which is no longer wanted`];
  }
  if (was.source !== is.source) {
    return [`the lock has ${path} of ${name} from ${was.source}, it now comes from ${is.source}`];
  }
  return was.sha256 === is.sha256
    ? []
    : [`the lock has another content for ${path} than the installed ${name} ${after.version} has`];
}
