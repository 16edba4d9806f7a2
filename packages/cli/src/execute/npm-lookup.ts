import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** The fields of a package.json that finding programs needs. */
export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface InstalledPackage {
  /** Absolute, symbolic links resolved. */
  readonly directory: string;
  readonly manifest: PackageJson;
}

/** Finds an installed npm package as Node.js does: in the node_modules of `from` and of the directories above. */
export function findPackage(from: string, name: string): InstalledPackage | undefined {
  for (const directory of withAncestors(from)) {
    const candidate = join(directory, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) {
      return readPackage(realpathSync(candidate));
    }
  }
  return undefined;
}

/**
 * Finds the npm package that provides a program, among what the package.json files of `from` and of the
 * directories above depend on: the same that a package manager links into node_modules/.bin.
 */
export function findBin(
  from: string,
  program: string,
): { readonly owner: InstalledPackage; readonly file: string } | undefined {
  for (const directory of withAncestors(from)) {
    const manifest = existsSync(join(directory, "package.json")) && readPackage(directory).manifest;
    if (!manifest) {
      continue;
    }
    const names = Object.keys({
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
      ...manifest.dependencies,
    });
    for (const name of names) {
      const owner = findPackage(directory, name);
      const file = owner && binFile(owner, program);
      if (owner !== undefined && file !== undefined) {
        return { owner, file };
      }
    }
  }
  return undefined;
}

export function readPackage(directory: string): InstalledPackage {
  return {
    directory,
    manifest: JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageJson,
  };
}

/** The directories whose node_modules/.bin a script run in `from` has on its PATH. */
export function binDirectories(from: string): string[] {
  return withAncestors(from)
    .map((directory) => join(directory, "node_modules", ".bin"))
    .filter((directory) => existsSync(directory));
}

function binFile({ directory, manifest }: InstalledPackage, program: string): string | undefined {
  const { bin, name } = manifest;
  const file =
    typeof bin === "string" ? (name?.replace(/^@[^/]*\//, "") === program ? bin : undefined) : bin?.[program];
  return file === undefined ? undefined : join(directory, file);
}

function withAncestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...withAncestors(parent)];
}
