import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ImportedName, readImports } from "./read-imports.ts";
import { applyRules, isTestFile, packageOf, type Rule, type Violation } from "./rules.ts";

interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Checks every source file and every package.json of the repository against the rules; and, whatever the rules, that a
 * relative import stays in its package and that a package declares what it imports.
 * @param files relative to `root`; default: what git tracks or would
 */
export function checkBoundaries(
  root: string,
  rules: readonly Rule[],
  files: readonly string[] = listFiles(root),
): { violations: Violation[]; files: number; imports: number } {
  const manifests = new Map<string, Manifest>();
  for (const file of files.filter((path) => /(^|\/)package\.json$/.test(path))) {
    const directory = file.slice(0, -"package.json".length);
    manifests.set(directory, JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest);
  }
  const sources = files.filter((file) => /\.([cm]?ts|[cm]?js)$/.test(file));
  const imports = sources.flatMap((file) => readImports(file, readFileSync(join(root, file), "utf8")));
  const declared = [...manifests].flatMap(([directory, manifest]) => readDependencies(directory, manifest));
  const violations = [
    ...applyRules(rules, [...imports, ...declared]),
    ...imports.flatMap((entry) => checkPackage(entry, manifests)),
  ];
  return {
    violations: violations.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)),
    files: sources.length + manifests.size,
    imports: imports.length + declared.length,
  };
}

/** A dependency counts as an import by the package's manifest; a dev dependency as one by its tests. */
function readDependencies(directory: string, manifest: Manifest): ImportedName[] {
  const toImports = (file: string, names: Readonly<Record<string, string>> = {}) =>
    Object.keys(names).map((name) => ({
      file,
      line: 1,
      specifier: name,
      target: name,
      name: "*",
      isType: false,
    }));
  const file = `${directory}package.json`;
  return [
    ...toImports(file, manifest.dependencies),
    ...toImports(file, manifest.peerDependencies),
    ...toImports(file, manifest.optionalDependencies),
    ...toImports(`${directory}testing/package.json`, manifest.devDependencies),
  ];
}

function checkPackage(entry: ImportedName, manifests: ReadonlyMap<string, Manifest>): Violation[] {
  const { file, line, specifier, target } = entry;
  const owner = ownerOf(file, manifests);
  const manifest = manifests.get(owner) ?? {};
  if (specifier.startsWith(".")) {
    if (isTestFile(target) && !isTestFile(file)) {
      return [{ file, line, message: `"${specifier}" is for tests: it would be missing once packed` }];
    }
    return ownerOf(target, manifests) === owner && !target.startsWith("..")
      ? []
      : [{ file, line, message: `"${specifier}" leaves the package: import the other package by its name` }];
  }
  if (target.startsWith("node:") || /^[a-z]+:/.test(target) || packageOf(target) === manifest.name) {
    return [];
  }
  const published = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  };
  const mayUseDev = manifest.private === true || isTestFile(file);
  const known = mayUseDev ? { ...published, ...manifest.devDependencies } : published;
  return packageOf(target) in known
    ? []
    : [
        {
          file,
          line,
          message: `"${specifier}" is not among the ${mayUseDev ? "" : "published "}dependencies of ${owner}package.json: it would be missing once installed`,
        },
      ];
}

/** The folder, with a slash, of the nearest package.json above a file. */
function ownerOf(path: string, manifests: ReadonlyMap<string, Manifest>): string {
  for (let directory = path; directory !== ""; ) {
    directory = directory.replace(/[^/]*\/?$/, "");
    if (manifests.has(directory)) {
      return directory;
    }
  }
  return "";
}

function listFiles(root: string): string[] {
  const output = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return output.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}
