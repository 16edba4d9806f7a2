import { failure } from "../errors.ts";
import { findPackage } from "../execute/npm-lookup.ts";
import { compareText, type Finding } from "../report/finding.ts";
import type { VendorConfig, VendorPackage } from "../workspace/wirehouse-yaml.ts";
import { type EmbeddedDescriptor, loadDescriptors } from "./descriptor-module.ts";
import { findIntegrity } from "./integrity.ts";
import { readLicense } from "./license.ts";
import { packageSources, protoPath } from "./package-sources.ts";
import { printFile } from "./print-proto.ts";
import type { PackageInput, ProtoSource } from "./vendor-input.ts";

/**
 * Looks up every configured package where Node.js would find it from the workspace root. Reads only.
 * @throws WirehouseError CONFIG when one is not installed, has no licence, or has no such root, file or descriptor
 */
export async function loadPackages(root: string, config: VendorConfig): Promise<PackageInput[]> {
  const sorted = [...config.packages].sort((a, b) => compareText(a.name, b.name));
  return Promise.all(sorted.map((entry) => loadPackage(root, entry)));
}

async function loadPackage(root: string, config: VendorPackage): Promise<PackageInput> {
  const installed = isPackageName(config.name) ? findPackage(root, config.name) : undefined;
  if (installed === undefined) {
    throw failure("CONFIG", `the package ${config.name} is not installed`, {
      ...config.locate([]),
      help: `install it: \`pnpm add --save-dev ${config.name}\` (or npm install, yarn add)`,
    });
  }
  const version = installed.manifest.version ?? "0.0.0";
  const sources = packageSources(config, installed);
  for (const [path, module] of Object.entries(config.descriptors)) {
    const place = config.locate(["descriptors", path]);
    const importPath = protoPath(config, path, ["descriptors", path]);
    const descriptor = await loadDescriptors(root, config, importPath, module, installed);
    const text = print(
      descriptor,
      importPath,
      header(config.name, version, module, descriptor.notice),
      place,
    );
    const source: ProtoSource = { file: module, read: () => text };
    sources.set(importPath, source);
  }
  return {
    config,
    version,
    integrity: findIntegrity(root, config.name, version),
    license: readLicense(root, config, installed),
    sources,
  };
}

function print(
  { files, comments }: EmbeddedDescriptor,
  importPath: string,
  head: string,
  place: Pick<Finding, "path" | "line" | "column" | "source">,
): string {
  try {
    return printFile(files, importPath, { header: head, comments });
  } catch (reason) {
    const message = reason instanceof Error ? reason.message : String(reason);
    throw failure("CONFIG", `the descriptor of ${importPath} cannot be printed: ${message}`, {
      ...place,
      cause: reason,
      help: "its definition is not complete in the package; take the .proto from another one",
    });
  }
}

/** No date and no path: the same package gives the same bytes. */
function header(name: string, version: string, module: string, notice: string): string {
  const origin = `Printed by \`wirehouse vendor\` from the descriptor in ${name}@${version}\n(${module}).`;
  return notice === "" ? origin : `${notice}\n\n${origin}`;
}

/** A name is part of a path below node_modules: it must not lead elsewhere. */
function isPackageName(name: string): boolean {
  return /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-zA-Z0-9~_-][a-zA-Z0-9._~-]*$/.test(name);
}
