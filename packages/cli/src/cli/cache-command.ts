import { Option } from "commander";
import { failure } from "../errors.ts";
import type { AddCommand } from "./program.ts";

export function registerCache(add: AddCommand): void {
  add(
    "cache <info|prune|clear>",
    "Tell about the cache of this user (info), bring it under its limit (prune), or empty it (clear).",
    [new Option("--max-size-mb <megabytes>", "the limit for prune (default: the one of wirehouse.yaml)")],
    async (shell, options, [action]) => {
      const { cacheClear, cacheInfo, cachePrune, readMegabytes } = await import("../commands/cache.ts");
      const { renderCacheInfo, renderCacheRemoval } = await import("../report/render-cache.ts");
      const call = { cwd: shell.cwd, env: process.env, warn: shell.warn };
      const limit = readMegabytes(options.maxSizeMb as string | undefined);
      switch (action) {
        case "info":
          shell.print(renderCacheInfo(cacheInfo(call), shell.format));
          return 0;
        case "prune":
          shell.print(renderCacheRemoval(cachePrune(call, limit), shell.format));
          return 0;
        case "clear":
          shell.print(renderCacheRemoval(await cacheClear(call), shell.format));
          return 0;
        default:
          throw failure("USAGE", `wirehouse cache takes info, prune or clear, not ${JSON.stringify(action)}`);
      }
    },
  );
}
