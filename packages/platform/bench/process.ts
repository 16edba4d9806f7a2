import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A server in a process of its own, which has logged that it listens. */
export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  readonly diagnosticsUrl: string | undefined;
  /** Ends it with SIGTERM, as its operator does; resolves when it is gone. */
  stop(): Promise<void>;
}

const startMs = 30_000;

/**
 * Starts a program that logs a line `{"message": "listening", "url": …}` on standard output. The log goes to a file, as it would
 * in production, where neither side has to read it.
 */
export async function startProcess(
  folder: string,
  name: string,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", ...env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await gone;
  };
  try {
    const line = await untilListening(child, logFile, name);
    return { pid: child.pid as number, url: line.url, diagnosticsUrl: line.diagnosticsUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The file of a package's service. */
export function mainOf(packageName: string): string {
  return fileURLToPath(import.meta.resolve(`${packageName}/package.json`)).replace(
    /package\.json$/,
    "src/main.ts",
  );
}

async function untilListening(
  child: ChildProcess,
  logFile: string,
  name: string,
): Promise<{ url: string; diagnosticsUrl?: string }> {
  for (const started = performance.now(); performance.now() - started < startMs; await sleep(20)) {
    for (const line of readFileSync(logFile, "utf8").split("\n")) {
      if (line.includes('"listening"')) {
        return JSON.parse(line) as { url: string; diagnosticsUrl?: string };
      }
    }
    if (child.exitCode !== null) {
      break;
    }
  }
  throw new Error(`${name} did not start: ${readFileSync(logFile, "utf8").slice(-2000)}`);
}
