import { failure } from "../errors.ts";
import { scanImports } from "../graph/scan-imports.ts";
import { compareText } from "../report/finding.ts";
import type { PackageInput, ProtoSource } from "./vendor-input.ts";
import { type Wanted, wantedFiles } from "./wanted-files.ts";
import { isWellKnown } from "./well-known.ts";

/** A .proto that will be vendored. */
export interface ChosenProto {
  readonly owner: PackageInput;
  readonly source: ProtoSource;
  readonly text: string;
}

/**
 * Follows the imports of the wanted files through their own package first, then through the others. What buf
 * provides itself is neither followed nor chosen.
 * @throws WirehouseError CONFIG when two packages provide one path with different content, PROTO when an import
 * is provided by none
 */
export function resolveClosure(packages: readonly PackageInput[]): Map<string, ChosenProto> {
  const chosen = new Map<string, ChosenProto>();
  const queue: Wanted[] = packages.flatMap(wantedFiles);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { importPath, owner, place } = next;
    const source = owner.sources.get(importPath);
    const known = chosen.get(importPath);
    if (source === undefined || known?.owner === owner) {
      continue;
    }
    const text = source.read();
    if (known !== undefined) {
      if (known.text !== text) {
        throw conflict(next, known.owner);
      }
      continue;
    }
    chosen.set(importPath, { owner, source, text });
    for (const { path } of scanImports(text).imports) {
      if (!isWellKnown(path)) {
        queue.push({ importPath: path, owner: provider(packages, owner, path, next), place });
      }
    }
  }
  return new Map([...chosen].sort(([a], [b]) => compareText(a, b)));
}

function provider(
  packages: readonly PackageInput[],
  importer: PackageInput,
  path: string,
  from: Wanted,
): PackageInput {
  if (importer.sources.has(path)) {
    return importer;
  }
  const [first, ...others] = packages.filter((input) => input.sources.has(path));
  if (first === undefined) {
    throw failure(
      "PROTO",
      `${from.importPath} of ${importer.config.name} imports ${path}, which no vendored package provides`,
      { ...from.place, help: `add the npm package that ships ${path} to \`vendor.packages\`` },
    );
  }
  const text = first.sources.get(path)?.read();
  const other = others.find((input) => input.sources.get(path)?.read() !== text);
  if (other !== undefined) {
    throw conflict({ importPath: path, owner: other, place: from.place }, first);
  }
  return first;
}

function conflict({ importPath, owner, place }: Wanted, first: PackageInput) {
  return failure(
    "CONFIG",
    `${first.config.name} ${first.version} and ${owner.config.name} ${owner.version} both provide ${importPath}, with different content`,
    { ...place, help: `take it from one of them: narrow \`files\` or \`root\` of the other` },
  );
}
