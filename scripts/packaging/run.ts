import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns how it ended. Nothing of it reaches our own output. */
export function tryRun(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): RunResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
    timeout: 300_000,
  });
  if (error !== undefined) {
    throw new Error(`${command} could not be run: ${error.message}`, { cause: error });
  }
  return { code: status ?? -1, stdout, stderr };
}

/** As {@link tryRun}; anything but exit code 0 is an error with all that the program said. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { code, stdout, stderr } = tryRun(command, args, cwd, env);
  if (code !== 0) {
    throw new Error(`${[command, ...args].join(" ")} ended with code ${code}\n${stdout}${stderr}`);
  }
  return stdout;
}

/**
 * The environment of a user who has nothing but this Node.js: no folder of this repository on PATH, no cache of an
 * earlier run, nothing that a script runner told its scripts.
 */
export function outsideEnvironment(root: string, nodeFolder: string, cache: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|pnpm_|NODE_PATH$|NODE_OPTIONS$|INIT_CWD$|GITHUB_ACTIONS$)/i.test(name),
  );
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules") && !folder.startsWith(root));
  return {
    ...Object.fromEntries(kept),
    PATH: [nodeFolder, ...path].join(delimiter),
    WIREHOUSE_CACHE_DIR: cache,
  };
}
