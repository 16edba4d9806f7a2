import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import picomatch from "picomatch";
import { digestOf } from "../graph/closure-digests.ts";
import { walk } from "../io/files.ts";
import { type Stamp, sameStamp, stampOf } from "../io/stamps.ts";
import type { PluginSettings } from "../workspace/wirehouse-yaml.ts";
import { findPackage, type InstalledPackage } from "./npm-lookup.ts";
import { firstBytes, type ResolvedPlugin } from "./resolve-plugin.ts";

/** Digests of files by absolute path, remembered between runs. */
export interface DigestMemo {
  get(file: string): { readonly stamp: Stamp; readonly digest: string } | undefined;
  set(file: string, stamp: Stamp, digest: string): void;
}

/** What makes a plugin's output what it is, besides its input and options. Holds no path of the machine. */
export type PluginIdentity =
  | { readonly kind: "known"; readonly digest: string; readonly label: string }
  /** The program may read files that cannot be told from outside: its output is never reused. */
  | { readonly kind: "unknowable"; readonly label: string };

/**
 * An npm plugin is its package's files and the name and version of every package below it; packages outside
 * node_modules (of the same monorepo) count with their files. A program is its bytes. A script is unknowable
 * unless wirehouse.yaml lists the `inputs` it consists of.
 */
export function pluginIdentity(
  root: string,
  plugin: ResolvedPlugin,
  settings: PluginSettings | undefined,
  memo: DigestMemo,
): PluginIdentity {
  const inputs = settings?.inputs === undefined ? undefined : inputsDigest(root, settings.inputs, memo);
  if (plugin.owner !== undefined) {
    const { name = "", version = "" } = plugin.owner.manifest;
    return {
      kind: "known",
      label: `${name}@${version}`,
      digest: digestOf(["npm", packageTreeDigest(plugin.owner, memo), inputs ?? ""]),
    };
  }
  const args = plugin.kind === "process" ? plugin.args : [];
  const label = [basename(plugin.file), ...args].join(" ");
  const isScript = firstBytes(plugin.file, 2) === "#!";
  if ((isScript || args.length > 0) && inputs === undefined) {
    return { kind: "unknowable", label };
  }
  return {
    kind: "known",
    label,
    digest: digestOf(["program", fileDigest(plugin.file, memo), ...args, inputs ?? ""]),
  };
}

/** SHA-256 of a file's bytes, hex, remembered by its stamp. */
export function fileDigest(file: string, memo: DigestMemo): string {
  const stamp = stampOf(file);
  const known = memo.get(file);
  if (stamp !== undefined && known !== undefined && sameStamp(known.stamp, stamp)) {
    memo.set(file, stamp, known.digest);
    return known.digest;
  }
  const digest = hash("sha256", readFileSync(file));
  if (stamp !== undefined) {
    memo.set(file, stamp, digest);
  }
  return digest;
}

function packageTreeDigest(top: InstalledPackage, memo: DigestMemo): string {
  const seen = new Map<string, string>();
  const stack = [top];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next.directory)) {
      continue;
    }
    const { manifest, directory } = next;
    const whole = next === top || !/[\\/]node_modules[\\/]/.test(directory);
    seen.set(
      directory,
      `${manifest.name}@${manifest.version} ${whole ? directoryDigest(directory, memo) : ""}`,
    );
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    });
    for (const name of names) {
      const found = findPackage(directory, name);
      if (found !== undefined) {
        stack.push(found);
      }
    }
  }
  return digestOf([...seen.values()].sort());
}

function directoryDigest(directory: string, memo: DigestMemo): string {
  const files = walk(directory, (path) => path === "node_modules" || path.endsWith("/node_modules"))
    .filter((entry) => entry.kind === "file")
    .map((entry) => entry.path)
    .sort();
  return digestOf(files.flatMap((path) => [path, fileDigest(join(directory, path), memo)]));
}

function inputsDigest(root: string, globs: readonly string[], memo: DigestMemo): string {
  const wanted = picomatch([...globs], { dot: true });
  const files = walk(root, (path) => /(^|\/)(node_modules|\.git)$/.test(path))
    .filter((entry) => entry.kind === "file" && wanted(entry.path))
    .map((entry) => entry.path)
    .sort();
  return digestOf(files.flatMap((path) => [path, fileDigest(join(root, path), memo)]));
}
