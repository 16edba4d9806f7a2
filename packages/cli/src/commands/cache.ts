import { cacheDirectory } from "../cache/cache-directory.ts";
import { checkoutStats, clearCheckouts } from "../cache/checkouts.ts";
import { remoteSettings } from "../cache/remote/config.ts";
import { type CacheStats, LocalCache } from "../cache/store.ts";
import { failure } from "../errors.ts";
import { emptyWirehouseYaml, parseWirehouseYaml, type WirehouseYaml } from "../workspace/wirehouse-yaml.ts";
import { readYamlFile } from "../workspace/yaml-file.ts";

export interface CacheOptions {
  /** Its wirehouse.yaml, if there is one, sets the limit. It need not be a workspace. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly warn?: (message: string) => void;
}

/** `wirehouse cache info`. The field names are stable: they are its JSON form. Sizes in bytes. */
export interface CacheInfo {
  readonly location: string;
  readonly outputs: CacheStats;
  readonly limitBytes: number;
  /** What is remembered of checkouts. */
  readonly checkouts: CacheStats;
  /** The remote cache that runs here use. */
  readonly remote: { readonly url: string; readonly mode: string } | null;
}

/** Asks no remote cache. @throws WirehouseError CONFIG */
export function cacheInfo(options: CacheOptions): CacheInfo {
  const { directory, cache, limitBytes, wirehouse } = open(options);
  const remote = remoteSettings(wirehouse.cache.remote, options.env);
  return {
    location: directory,
    outputs: cache.stats(),
    limitBytes,
    checkouts: checkoutStats(directory),
    remote: remote === undefined ? null : { url: remote.url, mode: remote.mode },
  };
}

/** What `prune` and `clear` did. Sizes in bytes. */
export interface CacheRemoval {
  readonly removed: CacheStats;
  readonly kept: CacheStats;
  /** Checkouts where a run is under way; they keep their records. */
  readonly busy: number;
}

/**
 * Removes the least recently used outputs until the rest fits.
 * @param maxSizeMb megabytes; default: the limit of wirehouse.yaml
 */
export function cachePrune(options: CacheOptions, maxSizeMb?: number): CacheRemoval {
  const { cache } = open(options, maxSizeMb);
  return { removed: cache.evict(true), kept: cache.stats(), busy: 0 };
}

/** Removes all outputs and what is remembered of checkouts. The generated code itself is not touched. */
export async function cacheClear(options: CacheOptions): Promise<CacheRemoval> {
  const { directory, cache } = open(options);
  const outputs = cache.clear();
  const { left, ...checkouts } = await clearCheckouts(directory);
  return {
    removed: {
      entries: outputs.entries + checkouts.entries,
      bytes: outputs.bytes + checkouts.bytes,
    },
    kept: { entries: 0, bytes: 0 },
    busy: left,
  };
}

/** @throws WirehouseError USAGE when it is no number of megabytes */
export function readMegabytes(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw failure("USAGE", `--max-size-mb takes a number of megabytes, not ${JSON.stringify(text)}`);
  }
  return value;
}

function open({ cwd, env, warn }: CacheOptions, maxSizeMb?: number) {
  const file = readYamlFile(cwd, "wirehouse.yaml");
  const wirehouse: WirehouseYaml = file === undefined ? emptyWirehouseYaml : parseWirehouseYaml(file);
  const directory = cacheDirectory(env);
  const limitBytes = (maxSizeMb ?? wirehouse.cache.maxSizeMb) * 1_000_000;
  const cache = new LocalCache(directory, { maxBytes: limitBytes, ...(warn && { warn }) });
  return { directory, cache, limitBytes, wirehouse };
}
