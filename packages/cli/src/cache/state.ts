import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceMemo } from "../graph/scan-sources.ts";
import type { Stamp } from "../io/stamps.ts";
import { writeFileAtomic } from "../io/write-file.ts";

/** What a plugin task was when a unit was made, for telling later what has changed. */
export interface TaskRecord {
  readonly label: string;
  readonly identity: string;
  readonly options: string;
  readonly compiler: string;
}

export interface UnitRecord {
  readonly key?: string | undefined;
  /** Index into `tasks`. */
  readonly task: number;
  /** Options added for package names. */
  readonly mapping: string;
  readonly generate: readonly string[];
  /** Paths of its outputs, relative to the workspace root. Their digests are in {@link RunState.outputs}. */
  readonly outputs: readonly string[];
}

export interface OutputRecord {
  /** `undefined` when the file was written too recently for its stamp to be trusted. */
  readonly stamp: Stamp | undefined;
  readonly digest: string;
}

/**
 * What the last run in a checkout left behind. It makes the next one fast and able to say what changed; it is
 * never what decides whether an output is right: keys and digests do.
 */
export interface RunState {
  readonly sources: Readonly<Record<string, SourceMemo>>;
  readonly tasks: readonly TaskRecord[];
  readonly units: Readonly<Record<string, UnitRecord>>;
  /** The output folders. */
  readonly outs: readonly string[];
  /** By path relative to the workspace root. */
  readonly outputs: Readonly<Record<string, OutputRecord>>;
}

export const emptyState: RunState = { sources: {}, tasks: [], units: {}, outs: [], outputs: {} };

/** Raised whenever the meaning of a field changes: older states are then as if they were not there. */
const version = 4;

/** The folder for what is remembered of a checkout. It is named by the checkout's path, and lies outside of it. */
export function checkoutDirectory(cacheDirectory: string, root: string): string {
  return join(cacheDirectory, "checkouts", hash("sha256", root).slice(0, 32));
}

/** Reads the state; one that is missing, damaged, or of another version is an empty one. */
export function readState(path: string): RunState {
  try {
    const { version: found, ...state } = JSON.parse(readFileSync(path, "utf8")) as RunState & {
      version: number;
    };
    return found === version ? state : emptyState;
  } catch {
    return emptyState;
  }
}

/** Writes the state, last of all a run does. Failing to is told to `warn` and costs only time. */
export function writeState(path: string, state: RunState, warn: (message: string) => void): void {
  try {
    writeFileAtomic(path, JSON.stringify({ version, ...state }));
  } catch (reason) {
    warn(
      `the state of this checkout could not be kept: ${reason instanceof Error ? reason.message : reason}`,
    );
  }
}
