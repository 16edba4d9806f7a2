import type { CacheInfo, CacheRemoval } from "../commands/cache.ts";
import type { Format } from "./render.ts";

/** A line a fact, or one JSON object. */
export function renderCacheInfo(info: CacheInfo, format: Format): string {
  if (format === "json") {
    return `${JSON.stringify(info)}\n`;
  }
  const { location, outputs, limitBytes, checkouts, remote } = info;
  return [
    `location   ${location}`,
    `outputs    ${outputs.entries} entries, ${megabytes(outputs.bytes)} of ${megabytes(limitBytes)}`,
    `checkouts  ${checkouts.entries}, ${megabytes(checkouts.bytes)}`,
    `remote     ${remote === null ? "none" : `${remote.url} (${remote.mode})`}`,
    "",
  ].join("\n");
}

export function renderCacheRemoval({ removed, kept, busy }: CacheRemoval, format: Format): string {
  if (format === "json") {
    return `${JSON.stringify({ removed, kept, busy })}\n`;
  }
  const left = busy === 0 ? "" : `; a run is under way in ${busy}, whose records stay`;
  return `Removed ${removed.entries} entries (${megabytes(removed.bytes)}), kept ${kept.entries} (${megabytes(kept.bytes)})${left}.\n`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
