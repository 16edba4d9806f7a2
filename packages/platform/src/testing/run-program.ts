import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../data/data-folder.ts";

/** A program that runs, and what it has printed so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Resolves when standard error has the text; rejects when the program ends before. */
  seen(text: string): Promise<void>;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts one of this package's programs, or a line of shell, at the root of the repository. */
export function run(
  command: { program: string; args?: string[] } | { line: string },
  env: NodeJS.ProcessEnv,
) {
  const options = { cwd: root, env: { ...process.env, ...env } };
  const child =
    "line" in command
      ? spawn("sh", ["-c", command.line], options)
      : spawn(
          process.execPath,
          [`packages/platform/src/${command.program}`, ...(command.args ?? [])],
          options,
        );
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  child.stdout.on("data", (data: Buffer) => {
    output.stdout += data;
  });
  child.stderr.on("data", (data: Buffer) => {
    output.stderr += data;
    for (const look of waiting) {
      look();
    }
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const seen = async (text: string): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => (output.stderr.includes(text) ? resolve() : undefined);
    waiting.add(look);
    look();
    ended.then(() => reject(new Error(`ended before it said "${text}":\n${output.stderr}`)));
    await promise;
  };
  return { child, output, seen, ended } satisfies Running;
}

/** A folder for a test, with a `pnpm` in `bin` that is the one which runs the tests, where there is one. */
export async function testFolder(): Promise<{ dataDir: string; env: NodeJS.ProcessEnv }> {
  const path = await mkdtemp(join(tmpdir(), "partner-platform-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const pnpm = join(path, "pnpm");
  const { npm_execpath: own = "", PATH = "" } = process.env;
  // Of a pnpm that is a script, or a program: what runs these tests knows which.
  const command = /\.[cm]?js$/.test(own) ? `"${process.execPath}" "${own}"` : `"${own}"`;
  await writeFile(pnpm, `#!/bin/sh\nexec ${own === "" ? "npx -y pnpm@12" : command} "$@"\n`);
  await chmod(pnpm, 0o755);
  const dataDir = join(path, "data");
  return { dataDir, env: { PARTNER_DATA_DIR: dataDir, PATH: `${path}${delimiter}${PATH}` } };
}
