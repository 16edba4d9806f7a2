import * as v from "valibot";
import { failure } from "../errors.ts";
import type { Finding } from "../report/finding.ts";
import { type PluginConfig, pluginEntries, toPluginConfig } from "./buf-gen-yaml.ts";
import { refuseRemoteUrl } from "./remote-url.ts";
import { validateYaml, type YamlFile } from "./yaml-file.ts";

/** A plugin that runs only for some files: those at a path, and those that import something. */
export interface Rule {
  readonly plugin: PluginConfig;
  /** Globs over import paths, such as `partner/billing/v1/events.proto`. */
  readonly paths: readonly string[];
  /** Globs over the import paths that a file imports directly. */
  readonly imports: readonly string[];
}

/** How the code below one output folder is divided into workspace packages. */
export interface PackagesConfig {
  readonly out: string;
  // "partner/*" → "@partner/*": directory pattern → package name. The first match counts.
  readonly names: readonly (readonly [pattern: string, name: string])[];
  /** Fields copied into every package.json, before the derived ones. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The same for single packages, by name; these fields count before those of `manifest`. */
  readonly manifests?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Version range by npm package, for the dependencies that generated code has outside the workspace. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly origin: PluginConfig["origin"];
}

/** Where a third-party package's protos are found, and which of them are wanted. */
export interface VendorPackage {
  /** The npm package. */
  readonly name: string;
  /** The import root inside the npm package. Default: its own root. */
  readonly root: string;
  /** Import paths or globs; what they import comes along. */
  readonly files: readonly string[];
  /**
   * File inside the package → import path, where the package lays its protos out differently. A renamed file
   * is wanted: it need not be in `files` too.
   */
  readonly rename: Readonly<Record<string, string>>;
  /**
   * Import path → module of the package ("@scope/name/gen/x_pb.js") that carries its descriptor, where the
   * package ships no .proto text. Printed as .proto source; wanted, so it need not be in `files` too.
   */
  readonly descriptors: Readonly<Record<string, string>>;
  /**
   * The licence file inside the package, or `workspace:<path>` for a file of this repository. Default: what the
   * package has as LICENSE, LICENCE, COPYING or UNLICENSE.
   */
  readonly license: string | undefined;
  /** The place in wirehouse.yaml of the package's entry, or of what is below it at `keys`. */
  locate(keys: readonly PropertyKey[]): PluginConfig["origin"] & Pick<Finding, "source">;
}

export interface VendorConfig {
  /** The folder that `wirehouse vendor` owns. */
  readonly out: string;
  /** The place of `out` in wirehouse.yaml. */
  readonly origin: PluginConfig["origin"];
  readonly packages: readonly VendorPackage[];
}

export interface PluginSettings {
  /** Seconds a plugin process may take. Default 300. */
  readonly timeoutSeconds?: number | undefined;
  /** Globs of workspace files that the plugin's program consists of or reads: they become part of its identity. */
  readonly inputs?: readonly string[] | undefined;
}

export interface CacheConfig {
  /** Megabytes that the local cache may take before the least recently used entries go. Default 2048. */
  readonly maxSizeMb: number;
  /** A cache that a team shares. Default: none. */
  readonly remote?: RemoteCacheConfig | undefined;
}

/** `off` leaves a configured remote cache alone. */
export type RemoteMode = "read-only" | "read-write" | "off";

export interface RemoteCacheConfig {
  /** http or https, without credentials. */
  readonly url: string;
  /** Default `read-only`: what is in the cache is then decided by the few that may write, such as CI. */
  readonly mode?: RemoteMode | undefined;
  /** Milliseconds that the remote cache may take to answer. Default 1000. */
  readonly timeoutMs?: number | undefined;
}

export interface WirehouseYaml {
  readonly packages: readonly PackagesConfig[];
  readonly rules: readonly Rule[];
  readonly vendor: VendorConfig | undefined;
  readonly plugins: Readonly<Record<string, PluginSettings>>;
  readonly cache: CacheConfig;
}

const strings = v.array(v.string());
/** Seconds; what a timer can hold. */
const longestTimeout = 2_000_000;
const stringMap = v.record(v.string(), v.string());

const schema = v.strictObject({
  version: v.literal("v1"),
  packages: v.optional(
    v.array(
      v.strictObject({
        out: v.string(),
        names: stringMap,
        manifest: v.optional(v.record(v.string(), v.unknown())),
        manifests: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
        dependencies: v.optional(stringMap),
      }),
    ),
  ),
  rules: v.optional(
    v.array(
      v.strictObject({
        plugin: v.strictObject(pluginEntries),
        paths: v.optional(strings),
        imports: v.optional(strings),
      }),
    ),
  ),
  vendor: v.optional(
    v.strictObject({
      out: v.string(),
      packages: v.record(
        v.string(),
        v.strictObject({
          root: v.optional(v.string()),
          files: v.optional(strings),
          rename: v.optional(stringMap),
          descriptors: v.optional(stringMap),
          license: v.optional(v.string()),
        }),
      ),
    }),
  ),
  plugins: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        timeout_seconds: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(longestTimeout))),
        inputs: v.optional(strings),
      }),
    ),
  ),
  cache: v.optional(
    v.strictObject({
      max_size_mb: v.optional(v.pipe(v.number(), v.minValue(0))),
      remote: v.optional(
        v.strictObject({
          url: v.string(),
          mode: v.optional(v.picklist(["read-only", "read-write", "off"])),
          timeout_ms: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(60_000))),
        }),
      ),
    }),
  ),
});

/** @throws WirehouseError CONFIG */
export function parseWirehouseYaml(file: YamlFile): WirehouseYaml {
  const value = validateYaml(file, schema);
  return {
    packages: (value.packages ?? []).map((entry, index) => ({
      out: entry.out,
      names: Object.entries(entry.names),
      manifest: entry.manifest ?? {},
      manifests: entry.manifests ?? {},
      dependencies: entry.dependencies ?? {},
      origin: origin(file, ["packages", index]),
    })),
    rules: (value.rules ?? []).map((rule, index) => {
      const keys = ["rules", index];
      if (rule.paths === undefined && rule.imports === undefined) {
        throw failure("CONFIG", "a rule needs `paths`, `imports`, or both: it would select nothing", {
          ...file.locate(keys),
        });
      }
      return {
        plugin: toPluginConfig(file, [...keys, "plugin"], rule.plugin),
        paths: rule.paths ?? [],
        imports: rule.imports ?? [],
      };
    }),
    vendor: value.vendor && {
      out: value.vendor.out,
      origin: origin(file, ["vendor", "out"]),
      packages: Object.entries(value.vendor.packages).map(([name, entry]) => ({
        name,
        root: entry.root ?? ".",
        files: entry.files ?? [],
        rename: entry.rename ?? {},
        descriptors: entry.descriptors ?? {},
        license: entry.license,
        locate: (keys) => ({ path: file.path, ...file.locate(["vendor", "packages", name, ...keys]) }),
      })),
    },
    plugins: Object.fromEntries(
      Object.entries(value.plugins ?? {}).map(([name, settings]) => [
        name,
        { timeoutSeconds: settings.timeout_seconds, inputs: settings.inputs },
      ]),
    ),
    cache: {
      maxSizeMb: value.cache?.max_size_mb ?? defaultCache.maxSizeMb,
      remote: value.cache?.remote && toRemote(file, value.cache.remote),
    },
  };
}

function toRemote(
  file: YamlFile,
  { url, mode, timeout_ms }: { url: string; mode?: RemoteMode | undefined; timeout_ms?: number | undefined },
): RemoteCacheConfig {
  const fault = refuseRemoteUrl(url);
  if (fault !== undefined) {
    // Without the line itself: it may hold what must not get into a log.
    throw failure("CONFIG", `"cache.remote.url" cannot be used: ${fault}`, {
      ...origin(file, ["cache", "remote", "url"]),
    });
  }
  return { url, mode, timeoutMs: timeout_ms };
}

const defaultCache: CacheConfig = { maxSizeMb: 2048 };

/** What holds where there is no wirehouse.yaml. */
export const emptyWirehouseYaml: WirehouseYaml = {
  packages: [],
  rules: [],
  vendor: undefined,
  plugins: {},
  cache: defaultCache,
};

function origin(file: YamlFile, keys: readonly PropertyKey[]): PluginConfig["origin"] {
  const { line, column } = file.locate(keys);
  return { path: file.path, ...(line && { line }), ...(column && { column }) };
}
