import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { failure, type WirehouseError } from "../errors.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";
import { binDirectories, findBin, findPackage, type InstalledPackage } from "./npm-lookup.ts";
import { findOnPath, isExecutable } from "./path-lookup.ts";

/** A plugin that was found, and the way to run it. */
export type ResolvedPlugin = {
  /** As configured: "protoc-gen-es". For messages and settings. */
  readonly name: string;
  /** The npm package it comes from, if it does. */
  readonly owner: InstalledPackage | undefined;
} & (
  | {
      /** ts-proto, or a JavaScript program built on @bufbuild/protoplugin: it runs inside a worker of this process. */
      readonly kind: "module";
      readonly file: string;
    }
  | {
      /** Any other program: it runs as a process and speaks the protoc plugin protocol. */
      readonly kind: "process";
      readonly file: string;
      readonly args: readonly string[];
    }
);

/**
 * Finds the program of a plugin: in what the workspace's package.json depends on, else on PATH.
 * @throws WirehouseError PLUGIN when there is none
 */
export function resolvePlugin(root: string, config: PluginConfig): ResolvedPlugin {
  const [program = "", ...args] = config.command;
  const name = program;
  if (program.includes("/") || program.includes(sep)) {
    const file = isAbsolute(program) ? program : join(root, program);
    if (!isExecutable(file)) {
      throw missing(config, `the plugin ${program} is not an executable file`, "check the path and its mode");
    }
    return { name, owner: undefined, kind: "process", file: realpathSync(file), args };
  }
  const bin = findBin(root, program);
  if (bin !== undefined) {
    if (args.length === 0 && isScript(bin.file) && isLoadable(bin.owner)) {
      return { name, owner: bin.owner, kind: "module", file: bin.file };
    }
    return isScript(bin.file)
      ? { name, owner: bin.owner, kind: "process", file: process.execPath, args: [bin.file, ...args] }
      : { name, owner: bin.owner, kind: "process", file: bin.file, args };
  }
  const file = findOnPath(program, pluginPath(root));
  if (file === undefined) {
    throw missing(
      config,
      `the plugin ${program} was not found: no package that package.json depends on provides it, and it is not on PATH`,
      `install it (npm: \`npm install --save-dev <package of ${program}>\`), or put it on PATH`,
    );
  }
  return { name, owner: undefined, kind: "process", file: realpathSync(file), args };
}

/** PATH as a package manager's script would have it. */
export function pluginPath(root: string): string {
  return [...binDirectories(root), process.env.PATH ?? ""].join(delimiter);
}

function isLoadable({ manifest, directory }: InstalledPackage): boolean {
  return (
    manifest.name === "ts-proto" ||
    (manifest.dependencies?.["@bufbuild/protoplugin"] !== undefined &&
      findPackage(directory, "@bufbuild/protoplugin") !== undefined)
  );
}

function isScript(file: string): boolean {
  return /\.[cm]?js$/.test(file) || /^#!.*\bnode\b/.test(firstBytes(file));
}

/** The start of a file, as Latin-1 text. */
export function firstBytes(file: string, count = 64): string {
  const buffer = Buffer.alloc(count);
  const descriptor = openSync(file, "r");
  try {
    return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, count, 0));
  } finally {
    closeSync(descriptor);
  }
}

function missing(config: PluginConfig, message: string, help: string): WirehouseError {
  return failure("PLUGIN", message, { ...config.origin, help });
}
