export { type DataFolder, openDataFolder } from "./data/data-folder.ts";
export type { Running } from "./data/running.ts";
export { PlatformError, type PlatformErrorCode } from "./errors.ts";
export { type Platform, type PlatformOptions, startPlatform } from "./run/platform.ts";
