import { hash } from "node:crypto";
import { compareText } from "../report/finding.ts";
import { formatLock, type LockedPackage, lockName, type VendorLock } from "./lock-file.ts";
import { type ChosenProto, resolveClosure } from "./resolve-closure.ts";
import type { PackageInput } from "./vendor-input.ts";

/** What the vendor folder has to be: every file of it, and the lock that says where they come from. */
export interface VendorPlan {
  /** Text by path relative to the vendor folder, the lock included. Nothing else belongs there. */
  readonly files: ReadonlyMap<string, string>;
  readonly lock: VendorLock;
}

/**
 * Decides what the vendor folder contains. Pure but for reading the sources it chooses.
 * @throws WirehouseError CONFIG when a file or glob matches nothing or two packages disagree about a path,
 * PROTO when nothing provides an import
 */
export function planVendor(packages: readonly PackageInput[]): VendorPlan {
  const chosen = resolveClosure(packages);
  const files = new Map<string, string>();
  const lock: VendorLock = { version: 1, packages: {} };
  for (const input of packages) {
    const { name } = input.config;
    const own = [...chosen].filter(([, proto]) => proto.owner === input);
    const license = licensePath(name);
    files.set(license, input.license.text);
    for (const [importPath, proto] of own) {
      files.set(importPath, proto.text);
    }
    lock.packages[name] = lockPackage(input, license, own);
  }
  files.set(lockName, formatLock(lock));
  return { files: new Map([...files].sort(([a], [b]) => compareText(a, b))), lock };
}

/** Where the licence of a package goes, relative to the vendor folder. */
export function licensePath(name: string): string {
  return `LICENSES/${name.replace("/", "__")}.txt`;
}

/** The digest that the lock holds: SHA-256 of the UTF-8 bytes, hexadecimal. */
export function digestOf(content: string | Uint8Array): string {
  return hash("sha256", content);
}

function lockPackage(
  input: PackageInput,
  license: string,
  own: readonly (readonly [string, ChosenProto])[],
): LockedPackage {
  return {
    version: input.version,
    integrity: input.integrity,
    license: { path: license, source: input.license.source, sha256: digestOf(input.license.text) },
    files: Object.fromEntries(
      own.map(([importPath, { source, text }]) => [
        importPath,
        { source: source.file, sha256: digestOf(text) },
      ]),
    ),
  };
}
