import { rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure, systemErrorCode, type WirehouseError } from "../errors.ts";
import { isWithin } from "../io/files.ts";
import { writeFileAtomic } from "../io/write-file.ts";
import type { TreeChange } from "../plan/diff-tree.ts";

/** The effects that applying needs; a test passes one that fails. */
export interface OutputWriter {
  write(path: string, content: Uint8Array): void;
  remove(path: string): void;
}

export const fileWriter: OutputWriter = {
  write: writeFileAtomic,
  remove: (path) => rmSync(path, { force: true, recursive: true }),
};

/**
 * Makes the tree what it should be: writes first, so that a full disk costs nothing that was there, then
 * removals and the folders they leave empty. What stands in the way of a write is removed before it.
 * @throws WirehouseError IO naming the file; what was written until then stays, and the next run completes it
 */
export function applyChanges(
  root: string,
  outs: readonly string[],
  changes: readonly TreeChange[],
  content: (path: string) => Uint8Array,
  options: { writer?: OutputWriter; signal?: AbortSignal | undefined; onWrite?: (path: string) => void } = {},
): void {
  const writer = options.writer ?? fileWriter;
  const writes = changes.filter((change) => change.kind !== "remove");
  const removals = changes.filter((change) => change.kind === "remove");
  const folders = new Set(writes.flatMap(({ path }) => ancestors(path)));
  const files = new Set(writes.map(({ path }) => path));
  const inTheWay = ({ path }: TreeChange) =>
    folders.has(path) || ancestors(path).some((folder) => files.has(folder));

  for (const change of removals.filter(inTheWay)) {
    attempt(change, () => remove(root, outs, change.path, writer));
  }
  for (const change of writes) {
    if (options.signal?.aborted) {
      throw failure("INTERRUPTED", "interrupted while writing; the next run completes it");
    }
    attempt(change, () => writer.write(join(root, change.path), content(change.path)));
    options.onWrite?.(change.path);
  }
  for (const change of removals.filter((change) => !inTheWay(change))) {
    attempt(change, () => remove(root, outs, change.path, writer));
  }
}

function attempt(change: TreeChange, effect: () => void): void {
  try {
    effect();
  } catch (reason) {
    throw ioFailure(change, reason);
  }
}

function remove(root: string, outs: readonly string[], path: string, writer: OutputWriter): void {
  writer.remove(join(root, path));
  for (const folder of ancestors(path)) {
    if (!outs.some((out) => folder !== out && isWithin(folder, out))) {
      return;
    }
    try {
      rmdirSync(join(root, folder));
    } catch {
      return; // Not empty: something else is in it.
    }
  }
}

function ancestors(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [folder, ...ancestors(folder)];
}

const reasons: Record<string, readonly [why: string, help: string]> = {
  ENOSPC: ["the disk is full", "make room, then run it again: it completes what is missing"],
  EDQUOT: ["the disk quota is used up", "make room, then run it again: it completes what is missing"],
  EROFS: ["the file system is read-only", "run it where the output folder can be written"],
  EACCES: ["permission denied", "make the output folder writable for this user, then run it again"],
  EPERM: [
    "the operation is not permitted",
    "make the output folder writable for this user, then run it again",
  ],
};

function ioFailure({ path, kind }: TreeChange, reason: unknown): WirehouseError {
  const code = systemErrorCode(reason) ?? "";
  const [why, help] = reasons[code] ?? [reason instanceof Error ? reason.message : String(reason), undefined];
  const verb = kind === "remove" ? "removed" : "written";
  return failure("IO", `${path} could not be ${verb}: ${why}${code === "" ? "" : ` (${code})`}`, {
    path,
    ...(help === undefined ? {} : { help }),
    cause: reason,
  });
}
