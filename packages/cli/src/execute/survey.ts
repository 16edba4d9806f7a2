import { lstatSync } from "node:fs";
import { join } from "node:path";
import { type ListedSource, listSources } from "../graph/list-protos.ts";
import { isWithin, walk } from "../io/files.ts";
import { type Stamp, toStamp } from "../io/stamps.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";

/** Which sources and outputs there are, and their stamps: all that is looked at where nothing has changed. */
export interface Survey {
  /** When it began, in milliseconds of the wall clock: what is written later is not in it. */
  readonly takenAt: number;
  readonly sources: readonly ListedSource[];
  /** The output folders, relative to the workspace root. */
  readonly outs: readonly string[];
  /** By path relative to the workspace root; `undefined` for what is no regular file. */
  readonly outputs: ReadonlyMap<string, Stamp | undefined>;
}

export function takeSurvey({ root, buf, gen, wirehouse }: GenerateWorkspace): Survey {
  const outs = [...gen.plugins, ...wirehouse.rules.map((rule) => rule.plugin)].map((plugin) => plugin.out);
  return {
    takenAt: Date.now(),
    sources: listSources(root, buf.modules),
    outs: [...new Set(outs)],
    outputs: listOutputs(root, outs),
  };
}

/** What a package manager links into the packages of an output folder (node_modules) is none of its outputs. */
function listOutputs(root: string, outs: readonly string[]): Map<string, Stamp | undefined> {
  const tops = outs.filter((out) => !outs.some((other) => other !== out && isWithin(out, other)));
  const outputs = new Map<string, Stamp | undefined>();
  for (const out of new Set(tops)) {
    for (const { path, kind } of walk(join(root, out), isNodeModules)) {
      const stats = kind === "file" ? lstatSync(join(root, out, path), { throwIfNoEntry: false }) : undefined;
      outputs.set(`${out}/${path}`, stats && toStamp(stats));
    }
  }
  return outputs;
}

function isNodeModules(folder: string): boolean {
  return folder === "node_modules" || folder.endsWith("/node_modules");
}
