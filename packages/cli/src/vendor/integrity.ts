import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Finds the integrity of an installed package in the lock file of the package manager: the first of
 * pnpm-lock.yaml, package-lock.json, npm-shrinkwrap.json and node_modules/.package-lock.json in `directory`
 * or above that knows this version. `null` where none does.
 */
export function findIntegrity(directory: string, name: string, version: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    for (const [file, read] of lockFiles) {
      const path = join(at, file);
      const found = existsSync(path) ? read(readFileSync(path, "utf8"), name, version) : undefined;
      if (found !== undefined) {
        return found;
      }
    }
    if (dirname(at) === at) {
      return null;
    }
  }
}

type Reader = (text: string, name: string, version: string) => string | undefined;

const lockFiles: readonly (readonly [file: string, read: Reader])[] = [
  ["pnpm-lock.yaml", readPnpmLock],
  ["package-lock.json", readNpmLock],
  ["npm-shrinkwrap.json", readNpmLock],
  [join("node_modules", ".package-lock.json"), readNpmLock],
];

/** Lexical: a pnpm lock of a large workspace takes YAML parsers the better part of a second. */
function readPnpmLock(text: string, name: string, version: string): string | undefined {
  const key = `${name}@${version}`.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const entry = new RegExp(`^ {2}(['"]?)/?${key}\\1:\\r?\\n((?: {4}.*\\r?\\n?)*)`, "gm");
  for (const [, , body] of text.matchAll(entry)) {
    const integrity = /\bintegrity:\s*['"]?([\w+/=-]+)/.exec(body ?? "")?.[1];
    if (integrity !== undefined) {
      return integrity;
    }
  }
  return undefined;
}

function readNpmLock(text: string, name: string, version: string): string | undefined {
  type Entry = { version?: string; integrity?: string };
  let packages: Record<string, Entry>;
  try {
    packages = (JSON.parse(text) as { packages?: Record<string, Entry> }).packages ?? {};
  } catch {
    return undefined;
  }
  const suffix = `node_modules/${name}`;
  return Object.entries(packages).find(
    ([path, entry]) =>
      (path === suffix || path.endsWith(`/${suffix}`)) && entry.version === version && entry.integrity,
  )?.[1].integrity;
}
