import module from "node:module";
import { pathToFileURL } from "node:url";
import {
  type CapturedPlugin,
  captureKey,
  capturePatch,
  type SourcePatch,
  speedPatches,
} from "./plugin-patches.ts";
import { captureTsProtoPatch, formatPatch } from "./ts-proto-patches.ts";

/** Node.js before 22.15 has no synchronous hooks, and cannot load plugins in process. A named import would not link there. */
const registerHooks = module.registerHooks as typeof module.registerHooks | undefined;

let captured: CapturedPlugin | undefined;
const patchState = { speed: true };

/**
 * Loads the program of a plugin that is built on @bufbuild/protoplugin, and takes the plugin object that it
 * hands to `runNodeJs`; or the program of ts-proto, and takes its function. For use inside a worker: it hooks the module
 * loader of its thread.
 *
 * @param unpatched loads the plugin framework without the patches for speed, and ts-proto not at all
 * @returns undefined when the program did not hand over a plugin: it has to run as a process
 */
export async function loadPlugin(file: string, unpatched: boolean): Promise<CapturedPlugin | undefined> {
  if (registerHooks === undefined) {
    return undefined;
  }
  patchState.speed = !unpatched;
  captured = undefined;
  await import(pathToFileURL(file).href);
  return captured;
}

if (registerHooks !== undefined) {
  (globalThis as Record<symbol, unknown>)[Symbol.for(captureKey)] = (plugin: CapturedPlugin) => {
    captured = plugin;
  };
  registerHooks({
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      const patch = patchFor(url);
      if (patch === undefined || result.source === undefined || result.source === null) {
        return result;
      }
      const source = patch.apply(
        typeof result.source === "string" ? result.source : new TextDecoder().decode(result.source),
      );
      return source === undefined ? result : { ...result, source };
    },
  });
}

function patchFor(url: string): SourcePatch | undefined {
  const [, owner, module] =
    /\/(@bufbuild\/protoplugin\/dist\/(?:esm|cjs)|ts-proto\/build\/src|ts-poet\/build)\/([\w-]+\.js)$/.exec(
      url,
    ) ?? [];
  return owner === undefined ? undefined : patchesOf(owner).find((patch) => patch.module === module);
}

function patchesOf(owner: string): readonly SourcePatch[] {
  if (owner.startsWith("@bufbuild/")) {
    return [capturePatch, ...(patchState.speed ? speedPatches : [])];
  }
  if (owner.startsWith("ts-poet/")) {
    return patchState.speed ? [formatPatch] : [];
  }
  // Unpatched it is run as a process.
  return [patchState.speed ? captureTsProtoPatch : { ...captureTsProtoPatch, apply: () => "" }];
}
