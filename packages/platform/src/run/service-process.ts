import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { PlatformError } from "../errors.ts";

/** How to start a service. */
export interface ServiceOptions {
  readonly name: string;
  /** The path of its main file. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  /** Written anew. */
  readonly logFile: string;
  /** Gets each line that the service prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Gives up waiting for it. */
  readonly signal: AbortSignal;
  /** How long it may take to be ready, in milliseconds. Default 60,000. */
  readonly readyMs?: number;
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, with why it should not be. */
  readonly ended: Promise<PlatformError>;
  /** Lets it finish what it does. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

const endWithParent = new URL("./end-with-parent.ts", import.meta.url);

/** Starts a service; resolves when it listens. Throws `PlatformError` `service_ended`, `service_late`, or the signal's reason. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { name, main, env, logFile, onLine, signal } = options;
  signal.throwIfAborted();
  const child = spawn(process.execPath, ["--import", endWithParent.href, main], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const log = createWriteStream(logFile);
  const ready = Promise.withResolvers<string>();
  let complaint = "";
  const read = (source: Readable, see: (line: string) => void): void => {
    createInterface({ input: source }).on("line", (line) => {
      log.write(`${line}\n`);
      onLine?.(line);
      see(line);
    });
  };
  read(child.stdout as Readable, (line) => {
    const record = parse(line);
    if (record?.message === "listening" && typeof record.url === "string") {
      ready.resolve(record.url);
    } else if (record?.message === "closed") {
      // Its work is saved and its database closed: a timer that is left over must not hold up the user.
      setTimeout(() => child.kill("SIGKILL"), 500).unref();
    } else if (record?.level === "error" && typeof record.message === "string") {
      complaint = record.message;
    }
  });
  read(child.stderr as Readable, (line) => {
    // The first line of an uncaught error that says what it is.
    complaint = /^\w*Error\b/.test(line) ? line : complaint;
  });
  const ended = endOf(child).then(({ how, cause }) => {
    log.end();
    const why = complaint === "" ? "" : `: ${complaint}`;
    return new PlatformError("service_ended", `${name} ended (${how})${why}. Its log: ${logFile}`, { cause });
  });
  ended.then(ready.reject);

  const late = AbortSignal.timeout(options.readyMs ?? 60_000);
  const giveUp = (): void => {
    ready.reject(
      signal.aborted
        ? signal.reason
        : new PlatformError("service_late", `${name} is not ready yet. Its log: ${logFile}`),
    );
  };
  const either = AbortSignal.any([signal, late]);
  either.addEventListener("abort", giveUp);
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    const url = await ready.promise;
    return { name, url, pid: child.pid ?? 0, ended, stop, kill: () => void child.kill("SIGKILL") };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    either.removeEventListener("abort", giveUp);
  }
}

/** The path of a file in a package of the workspace. */
export function packageFile(packageName: string, file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve(`${packageName}/package.json`)));
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function endOf(child: ChildProcess): Promise<{ how: string; cause?: unknown }> {
  return await new Promise((resolve) => {
    child.once("error", (cause) => resolve({ how: "it cannot be started", cause }));
    // Not "exit": what it printed last is to be read first.
    child.once("close", (code, signal) => resolve({ how: signal ?? `exit code ${code}` }));
  });
}
