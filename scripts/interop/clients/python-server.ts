import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pythonSources } from "./paths.ts";
import { type Python, pythonEnvironment } from "./python.ts";

/** A call as the server saw it. */
export interface SeenCall {
  readonly rpc: string;
  readonly authorization: string;
  /** In seconds; null where the client set no deadline. */
  readonly timeLeft: number | null;
}

/** The echo service on grpcio, a process of its own. */
export interface PythonServer {
  readonly url: string;
  /** The attempts so far, in the order in which they came. */
  calls(): Promise<readonly SeenCall[]>;
  /** Resolves when a call that was held is over for the server. */
  readonly heldEnded: Promise<void>;
  stop(): Promise<void>;
}

/** Starts python/server.py. @throws Error with what it wrote, when it ends instead */
export async function startPythonServer(python: Python): Promise<PythonServer> {
  const script = join(pythonSources, "server.py");
  const child = spawn(python.program, [script], {
    env: pythonEnvironment(python),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const port = Promise.withResolvers<number>();
  const heldEnded = Promise.withResolvers<void>();
  const calls: SeenCall[] = [];
  const marks: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const entry = JSON.parse(line) as { port: number } | { ended: string } | { mark: string } | SeenCall;
    if ("port" in entry) {
      port.resolve(entry.port);
    } else if ("ended" in entry) {
      heldEnded.resolve();
    } else if ("mark" in entry) {
      marks.shift()?.();
    } else {
      calls.push(entry);
    }
  });
  child.once("exit", (code) => port.reject(new Error(`python/server.py ended with ${code}`)));
  return {
    url: `http://127.0.0.1:${await port.promise}`,
    // What the server said of calls that are over lies before its answer to this in the pipe.
    calls: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      marks.push(resolve);
      child.stdin.write("mark\n");
      await promise;
      return calls;
    },
    heldEnded: heldEnded.promise,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
