import picomatch from "picomatch";
import { failure } from "../errors.ts";
import { compareText, type Finding } from "../report/finding.ts";
import { cleanPath } from "./clean-path.ts";
import type { PackageInput } from "./vendor-input.ts";
import { isWellKnown } from "./well-known.ts";

/** An import path to vendor, from which package, and the line of wirehouse.yaml that asked for it. */
export interface Wanted {
  readonly importPath: string;
  readonly owner: PackageInput;
  readonly place: Pick<Finding, "path" | "line" | "column" | "source">;
}

/**
 * What wirehouse.yaml asks for by name, before imports are followed.
 * @throws WirehouseError CONFIG when a file or glob matches nothing, or the package is asked for nothing
 */
export function wantedFiles(owner: PackageInput): Wanted[] {
  const { config } = owner;
  const byPattern = config.files.flatMap((pattern, index) => {
    const place = config.locate(["files", index]);
    return matches(owner, pattern, place).map((importPath) => ({ importPath, owner, place }));
  });
  const named = (["rename", "descriptors"] as const).flatMap((kind) =>
    Object.entries(config[kind]).map(([left, right]) => ({
      importPath: kind === "rename" ? right : left,
      owner,
      place: config.locate([kind, left]),
    })),
  );
  if (byPattern.length + named.length === 0) {
    throw failure("CONFIG", `nothing is taken from ${config.name}`, {
      ...config.locate([]),
      help: "list import paths or globs in `files`, or take the package out",
    });
  }
  return [...byPattern, ...named];
}

function matches(owner: PackageInput, pattern: string, place: Wanted["place"]): string[] {
  const { name } = owner.config;
  if (cleanPath(pattern) !== pattern) {
    throw failure("CONFIG", `${pattern} is no import path`, {
      ...place,
      help: "import paths are relative to `root`, without `.` and `..`, with forward slashes",
    });
  }
  const match = picomatch(pattern);
  const found = [...owner.sources.keys()].filter((path) => path === pattern || match(path)).sort(compareText);
  const wanted = found.filter((path) => !isWellKnown(path));
  if (wanted.length === 0) {
    throw found.length > 0
      ? failure("CONFIG", `buf provides ${pattern} itself: it is not vendored`, {
          ...place,
          help: "take it out: it can be imported as it is",
        })
      : failure("CONFIG", `${name} ${owner.version} has nothing at ${pattern}`, {
          ...place,
          help: hint(owner, pattern),
        });
  }
  return wanted;
}

/** The nearest thing that exists: files of the same name elsewhere, else what the root looks like. */
function hint(owner: PackageInput, pattern: string): string {
  const base = pattern.slice(pattern.lastIndexOf("/") + 1);
  const alike = [...owner.sources.keys()].filter((path) => path.endsWith(`/${base}`)).sort(compareText);
  if (alike.length > 0) {
    return `it has ${alike.slice(0, 3).join(", ")}: write that, or set \`root\` or \`rename\``;
  }
  const tops = new Set([...owner.sources.keys()].map((path) => path.split("/")[0] ?? path));
  return tops.size === 0
    ? "it has no .proto file below `root`"
    : `below its \`root\` there is ${[...tops].sort(compareText).slice(0, 5).join(", ")}`;
}
