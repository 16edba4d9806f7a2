import { hash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import type { Programs } from "../execute/programs.ts";
import type { Survey } from "../execute/survey.ts";
import { digestOf } from "../graph/closure-digests.ts";
import { isSettled, type Stamp } from "../io/stamps.ts";
import { writeFileAtomic } from "../io/write-file.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";

/**
 * What a run that found everything up to date leaves behind, so that the next one can tell by stamps alone
 * that it still is: a digest over the configuration, the programs, and the stamps of all sources and outputs.
 */
export interface Seal {
  readonly digest: string | undefined;
  /** What the run that set the seal had to say. */
  readonly files: number;
  readonly units: number;
  /** Version ranges that package.json files take from what is installed, by package. */
  readonly ranges: Readonly<Record<string, string | undefined>>;
  /** Digests of plugin files by absolute path, so that they are not read again. */
  readonly programFiles: Readonly<Record<string, { readonly stamp: Stamp; readonly digest: string }>>;
}

export const noSeal: Seal = { digest: undefined, files: 0, units: 0, ranges: {}, programFiles: {} };

const version = 1;

/**
 * The digest of all that an up-to-date tree depends on; `undefined` where a plugin cannot be identified, or a
 * file is so new that a second write could leave its stamp as it is.
 */
export function sealDigest(
  workspace: GenerateWorkspace,
  programs: Programs,
  { sources, outputs }: Survey,
  ranges: Seal["ranges"],
  now: number,
): string | undefined {
  const { buf, gen, wirehouse } = workspace;
  const identities = [...programs.plugins, ...programs.rules].map(({ identity }) =>
    identity.kind === "known" ? identity.digest : undefined,
  );
  const stamps = [...sources.map((source) => source.stamp), ...outputs.values()];
  if (
    identities.includes(undefined) ||
    !stamps.every((stamp) => stamp === undefined || isSettled(stamp, now))
  ) {
    return undefined;
  }
  const lines = [
    ...sources.map(({ file, stamp }) => `${file}\0${stamp}`),
    ...Array.from(outputs, ([path, stamp]) => `${path}\0${stamp}`),
  ];
  return digestOf([
    JSON.stringify([version, buf, gen, wirehouse, ranges]),
    programs.compiler,
    ...identities.map(String),
    hash("sha256", lines.sort().join("\n")),
  ]);
}

/** Reads a seal; one that is missing, damaged or of another version seals nothing. */
export function readSeal(path: string): Seal {
  try {
    const { version: found, ...seal } = JSON.parse(readFileSync(path, "utf8")) as Seal & { version: number };
    return found === version ? seal : noSeal;
  } catch {
    return noSeal;
  }
}

/** Sets or, with `digest: undefined`, breaks the seal of a checkout. Failing to is told to `warn`. */
export function writeSeal(path: string, seal: Seal, warn: (message: string) => void): void {
  try {
    writeFileAtomic(path, JSON.stringify({ version, ...seal }));
  } catch (reason) {
    rmSync(path, { force: true });
    warn(`the seal of this checkout could not be kept: ${reason instanceof Error ? reason.message : reason}`);
  }
}
