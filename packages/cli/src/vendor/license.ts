import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../errors.ts";
import type { InstalledPackage } from "../execute/npm-lookup.ts";
import { isRegularFile } from "../io/files.ts";
import { compareText } from "../report/finding.ts";
import type { VendorPackage } from "../workspace/wirehouse-yaml.ts";
import { cleanPath } from "./clean-path.ts";
import type { LicenseText } from "./vendor-input.ts";

const licenseName = /^(un)?(licen[cs]e|copying)([.-].*)?$/i;
const noticeName = /^notice(\.(txt|md))?$/i;
const workspacePrefix = "workspace:";

/**
 * Reads the licence of an installed package: the configured file, else the LICENSE, LICENCE, COPYING or
 * UNLICENSE files in its root, with its NOTICE where it has one.
 * @throws WirehouseError CONFIG when there is none, or the configured file does not exist
 */
export function readLicense(root: string, config: VendorPackage, installed: InstalledPackage): LicenseText {
  if (config.license !== undefined) {
    return readConfigured(root, config, config.license, installed);
  }
  const names = readdirSync(installed.directory)
    .filter((name) => isRegularFile(join(installed.directory, name)))
    .sort(compareText);
  const licenses = names.filter((name) => licenseName.test(name) && !/\.(js|ts|json)$/i.test(name));
  if (licenses.length === 0) {
    throw failure("CONFIG", `${config.name} has no licence file: its protos may not be copied without one`, {
      ...config.locate([]),
      help: `name a file of the package with \`license\`, or, where its licence is known from elsewhere, \`license: ${workspacePrefix}<file of this repository>\``,
    });
  }
  const files = [...licenses, ...names.filter((name) => noticeName.test(name))];
  return { source: files.join(", "), text: concatenate(installed.directory, files) };
}

function readConfigured(
  root: string,
  config: VendorPackage,
  license: string,
  installed: InstalledPackage,
): LicenseText {
  const own = !license.startsWith(workspacePrefix);
  const path = cleanPath(own ? license : license.slice(workspacePrefix.length));
  const base = own ? installed.directory : root;
  if (path === undefined || !isRegularFile(join(base, path))) {
    throw failure("CONFIG", `the licence ${license} of ${config.name} does not exist`, {
      ...config.locate(["license"]),
      help: own
        ? `name a file inside the package, or \`${workspacePrefix}<file of this repository>\``
        : "name a file of this repository, relative to its root",
    });
  }
  return { source: own ? path : workspacePrefix + path, text: concatenate(base, [path]) };
}

/** One file as it is; several one after another, each below its name. */
function concatenate(directory: string, files: readonly string[]): string {
  const texts = files.map((file) => readFileSync(join(directory, file), "utf8").replaceAll("\r\n", "\n"));
  return texts.length === 1
    ? (texts[0] ?? "")
    : texts.map((text, index) => `==> ${files[index]} <==\n\n${text.trimEnd()}\n`).join("\n");
}
