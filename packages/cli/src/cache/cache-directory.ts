import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder of this user for what can be made again: `WIREHOUSE_CACHE_DIR`, else `wirehouse` in the
 * platform's folder for caches (`XDG_CACHE_HOME` or ~/.cache; ~/Library/Caches; %LOCALAPPDATA%).
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const own = env.WIREHOUSE_CACHE_DIR;
  if (own) {
    return own;
  }
  const base =
    platform === "win32"
      ? (env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : platform === "darwin"
        ? join(homedir(), "Library", "Caches")
        : env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "wirehouse");
}
