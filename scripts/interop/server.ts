import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

/** A real server for remote caches, on this machine. */
export interface CacheServer {
  readonly url: string;
  /** Environment for a machine that may write. */
  readonly writer: Readonly<Record<string, string>>;
  /** Where the server keeps entries as files that are their bytes; `undefined` where it keeps them otherwise. */
  readonly folder: string | undefined;
  stop(): Promise<void>;
}

/** A free port, for servers that cannot be told to find one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * Starts a server and waits until it answers. What it says goes into a file: with a pipe that nobody reads while
 * a machine runs, it would stop.
 * @throws Error with what it said, when it ends instead
 */
export async function startServer(
  command: string,
  args: readonly string[],
  url: string,
  log: string,
): Promise<() => Promise<void>> {
  const output = openSync(log, "w");
  const child = spawn(command, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  for (let attempt = 0; !(await answers(url)); attempt++) {
    if (child.exitCode !== null || attempt > 100) {
      await stop(child);
      throw new Error(`${command} does not answer\n${readFileSync(log, "utf8").slice(-5000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return () => stop(child);
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
  }
}
