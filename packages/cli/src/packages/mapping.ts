import { failure } from "../errors.ts";
import type { PackagesConfig } from "../workspace/wirehouse-yaml.ts";

/** The workspace package that the code of some .proto files belongs to. */
export interface CodePackage {
  /** "@partner/document" */
  readonly name: string;
  /** The directory of its protos and, below `out`, of its code: "partner/document". */
  readonly directory: string;
  readonly config: PackagesConfig;
}

/**
 * The package of a .proto file, by the first pattern that matches the directories it lies in. A pattern is a
 * directory; "*" stands for one segment, and each "*" of the name takes what the pattern's took, in order.
 */
export function packageOf(config: PackagesConfig, path: string): CodePackage | undefined {
  const segments = path.split("/").slice(0, -1);
  for (const [pattern, name] of config.names) {
    const parts = pattern.split("/");
    if (parts.length <= segments.length && parts.every((part, i) => part === "*" || part === segments[i])) {
      const stars = segments.filter((_, i) => parts[i] === "*");
      return {
        name: name.replaceAll("*", () => stars.shift() ?? ""),
        directory: segments.slice(0, parts.length).join("/"),
        config,
      };
    }
  }
  return undefined;
}

/**
 * The `rewrite_imports` options that turn imports of other packages' files into imports by package name.
 * protoc-gen-es leaves this option out of the header it writes, so the code differs from what plain
 * `buf generate` writes in those specifiers and in nothing else.
 */
export function rewriteOptions(packages: Iterable<CodePackage>): string[] {
  const byDirectory = new Map([...packages].map((entry) => [entry.directory, entry.name]));
  return [...byDirectory]
    .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
    .map(([directory, name]) => `rewrite_imports=./${directory}/**/*_pb.js:${name}`);
}

/**
 * The other packages whose code the file's code imports.
 * @throws WirehouseError CONFIG when it imports generated code that belongs to no package
 */
export function importedPackages(
  config: PackagesConfig,
  path: string,
  imports: Iterable<string>,
  isGenerated: (path: string) => boolean,
): CodePackage[] {
  const own = packageOf(config, path);
  const found = new Map<string, CodePackage>();
  for (const dependency of imports) {
    if (!isGenerated(dependency)) {
      continue;
    }
    const other = packageOf(config, dependency);
    if (other?.name === own?.name) {
      continue;
    }
    if (other === undefined) {
      throw failure(
        "CONFIG",
        `${path} is in package ${own?.name} and imports ${dependency}, which is in none`,
        {
          ...config.origin,
          help: `add a line to "names" for the directory of ${dependency}`,
        },
      );
    }
    found.set(other.name, other);
  }
  return [...found.values()];
}

/** The configuration for the code below an output folder, if it is divided into packages. */
export function packagesFor(configs: readonly PackagesConfig[], out: string): PackagesConfig | undefined {
  return configs.find((config) => config.out === out);
}
