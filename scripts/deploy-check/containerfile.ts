import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import picomatch from "picomatch";

/** An instruction with its arguments, ARGs already filled in; of `["exec", "form"]` the words. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One FROM with what follows it. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads what our Containerfile uses of the format: no line continuations, no here-documents, no ADD. */
export function readContainerfile(text: string, args: Readonly<Record<string, string>>): Stage[] {
  const values: Record<string, string> = {};
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"))) {
    const [, name = "", raw = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    const filled = raw.replace(/\$\{(\w+)\}/g, (_, variable: string) => values[variable] ?? "");
    if (name === "ARG") {
      const [, variable = "", fallback = ""] = /^(\w+)(?:=(.*))?$/.exec(filled) ?? [];
      values[variable] = args[variable] ?? values[variable] ?? fallback;
    } else if (name === "FROM") {
      const [base = "", , stage = ""] = filled.split(" ");
      stages.push({ name: stage, base, instructions: [] });
    } else if (name === "") {
      throw new Error(`not an instruction on one line: ${line}`);
    } else {
      stages.at(-1)?.instructions.push({ name, text: filled });
    }
  }
  return stages;
}

/** Copies the build context as a container builder would: whatever the ignore file does not match. */
export function copyContext(root: string, folder: string, ignoreFile: string): void {
  const patterns = ignoreFile.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const isIgnored = picomatch(patterns, { dot: true });
  const copy = (path: string) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const inside = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isIgnored(inside)) {
        continue;
      }
      if (entry.isDirectory()) {
        copy(inside);
      } else {
        mkdirSync(join(folder, path), { recursive: true });
        cpSync(join(root, inside), join(folder, inside), { verbatimSymlinks: true });
      }
    }
  };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copy("");
}

/** Where an absolute path of a stage is, when its file system begins at `stageRoot`. */
export function inStage(stageRoot: string, workdir: string, path: string): string {
  return join(stageRoot, path.startsWith("/") ? path : join(workdir, path));
}

/** Makes the folder that a stage works in. */
export function makeWorkdir(stageRoot: string, workdir: string): string {
  const folder = inStage(stageRoot, "/", workdir);
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
