import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** How a program ended, with all that it wrote. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @throws Error when it cannot be started, or takes longer than `timeoutMs` (a minute) */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly timeoutMs?: number;
  } = {},
): Promise<Ended> {
  const { input = "", cwd, env = process.env, timeoutMs = 60_000 } = options;
  const child = spawn(command, args, { cwd, env, timeout: timeoutMs, stdio: ["pipe", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => err.push(data));
  // A program that refuses its call does not read its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const code = await promise;
  const stdout = Buffer.concat(out).toString();
  const stderr = Buffer.concat(err).toString();
  if (code === null) {
    throw new Error(`${command} did not end\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  }
  return { code, stdout, stderr };
}

/** The program of that name: in the variable, else on PATH, else in one of the folders. */
export function findProgram(
  name: string,
  variable: string,
  folders: readonly string[] = [],
): string | undefined {
  const given = process.env[variable];
  const candidates = [...(process.env.PATH ?? "").split(delimiter), ...folders].map((folder) =>
    join(folder, name),
  );
  return (given === undefined || given === "" ? candidates : [given]).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @throws Error with what the program wrote, when it failed */
export function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) {
    throw new Error(`exit code ${ended.code}\n${ended.stdout.slice(-2000)}${ended.stderr.slice(-2000)}`);
  }
  return ended;
}
