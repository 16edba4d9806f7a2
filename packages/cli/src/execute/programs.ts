import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../graph/closure-digests.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";
import { type BufProgram, findBuf } from "./find-buf.ts";
import { type DigestMemo, fileDigest, type PluginIdentity, pluginIdentity } from "./plugin-identity.ts";
import { type ResolvedPlugin, resolvePlugin } from "./resolve-plugin.ts";

/** A configured plugin with the program that was found for it. */
export interface PluginProgram {
  readonly config: PluginConfig;
  readonly plugin: ResolvedPlugin;
  readonly identity: PluginIdentity;
  readonly timeoutMs: number;
}

/** The programs of a run, and what identifies them. */
export interface Programs {
  readonly buf: BufProgram;
  /** What the descriptors depend on besides the sources: buf, its lock file, and managed mode. */
  readonly compiler: string;
  /** The plugins of buf.gen.yaml, in order. */
  readonly plugins: readonly PluginProgram[];
  /** The plugins of the rules of wirehouse.yaml, in order. */
  readonly rules: readonly PluginProgram[];
}

/**
 * Finds the compiler and the plugins. Starts nothing.
 * @throws WirehouseError BUF or PLUGIN when one is missing
 */
export function findPrograms(workspace: GenerateWorkspace, memo: DigestMemo): Programs {
  const { root, gen, wirehouse } = workspace;
  const find = (config: PluginConfig): PluginProgram => {
    const plugin = resolvePlugin(root, config);
    const settings = wirehouse.plugins[plugin.name];
    return {
      config,
      plugin,
      identity: pluginIdentity(root, plugin, settings, memo),
      timeoutMs: (settings?.timeoutSeconds ?? 300) * 1000,
    };
  };
  const buf = findBuf(root);
  return {
    buf,
    compiler: compilerIdentity(workspace, buf, memo),
    plugins: gen.plugins.map(find),
    rules: wirehouse.rules.map((rule) => find(rule.plugin)),
  };
}

function compilerIdentity(
  { root, gen, buf: { hasRemoteDeps } }: GenerateWorkspace,
  buf: BufProgram,
  memo: DigestMemo,
): string {
  const lock = join(root, "buf.lock");
  return digestOf([
    buf.version === undefined ? fileDigest(buf.file, memo) : `buf@${buf.version}`,
    hasRemoteDeps && existsSync(lock) ? hash("sha256", readFileSync(lock)) : "",
    gen.managed === undefined ? "" : JSON.stringify(gen.managed),
  ]);
}
