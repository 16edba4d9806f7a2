import { hash } from "node:crypto";
import { refuseOutputName } from "../../execute/output-name.ts";
import { decodeEntry, encodeEntry, type OutputFile } from "../entry.ts";
import { decodeActionResult, encodeActionResult, type StoredEntry } from "./action-result.ts";

/** Bytes up to which an entry travels inside its result, so that it takes one request and not two. */
const inlineLimit = 256_000;

/** Bytes that a result may have, with an entry inside and with what servers add. */
export const maxResultBytes = inlineLimit + 64_000;

/** Bytes of the largest entry that is asked for or uploaded: larger ones are made here. */
export const maxEntryBytes = 256_000_000;

/** The name of a unit's result below `/ac/`. Changes with the form of entries, so that no version reads another's. */
export function resultKey(unitKey: string): string {
  return hash("sha256", `wirehouse remote cache 1\n${unitKey}`);
}

/** What is uploaded for a unit: the result for `/ac/`, and the blob for `/cas/` where it is not inside. */
export function packEntry(unitKey: string, files: readonly OutputFile[]) {
  const entry = encodeEntry(files);
  const isInline = entry.length <= inlineLimit;
  const stored: StoredEntry = {
    path: `wirehouse/${unitKey}`,
    hash: hash("sha256", entry),
    size: entry.length,
    contents: isInline ? entry : undefined,
  };
  return {
    result: encodeActionResult(stored),
    blob: isInline ? undefined : { hash: stored.hash, bytes: entry },
    bytes: entry.length,
  };
}

/** @returns undefined when the bytes are not a result for this unit that could be used */
export function readResult(unitKey: string, bytes: Uint8Array): StoredEntry | undefined {
  const stored = decodeActionResult(bytes);
  return stored?.path === `wirehouse/${unitKey}` && stored.size <= maxEntryBytes ? stored : undefined;
}

/**
 * Reads an entry that came over the network. Digest and length must be those of the result, every byte of the
 * entry what its own digests say, and every name one that a plugin may write.
 * @returns undefined otherwise
 */
export function readRemoteEntry(stored: StoredEntry, bytes: Uint8Array): OutputFile[] | undefined {
  if (bytes.length !== stored.size || hash("sha256", bytes) !== stored.hash) {
    return undefined;
  }
  try {
    const files = decodeEntry(bytes);
    const isSound =
      files !== undefined &&
      new Set(files.map(({ name }) => name)).size === files.length &&
      files.every(({ name }) => typeof name === "string" && refuseOutputName(name) === undefined);
    return isSound ? files : undefined;
  } catch {
    return undefined; // An index that is no index, with the right digest.
  }
}
