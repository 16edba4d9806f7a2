import { spawn } from "node:child_process";
import { systemErrorCode } from "../errors.ts";
import { childEnvironment } from "./child-environment.ts";

export interface ProcessOptions {
  readonly cwd: string;
  /** What of it is for this program alone is left out. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, piece by piece, which is then closed. Default: nothing. */
  readonly stdin?: readonly Uint8Array[];
  /** Milliseconds until the process and its children are killed. Default: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a process ended. Expected outcomes, so values and not exceptions. */
export type ProcessResult =
  | { readonly kind: "exit"; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: "signal"; readonly signal: string; readonly stderr: string }
  | { readonly kind: "timeout"; readonly stderr: string }
  | { readonly kind: "aborted" }
  | { readonly kind: "spawn"; readonly code: string };

/** Standard error is kept up to this many bytes: enough for any message, too little to fill memory. */
const stderrLimit = 1 << 20;

/**
 * Runs a program to its end, without a shell. The process leads a group of its own where the platform has
 * groups, so that what it started dies with it, and so that a Ctrl-C is ours to pass on.
 */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) {
      resolve({ kind: "aborted" });
      return;
    }
    const grouped = process.platform !== "win32";
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: childEnvironment(options.env),
      stdio: ["pipe", "pipe", "pipe"],
      detached: grouped,
      windowsHide: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let stderrSize = 0;
    let stopped: "timeout" | "aborted" | undefined;

    const stop = (why: "timeout" | "aborted") => {
      stopped ??= why;
      try {
        process.kill(grouped && child.pid !== undefined ? -child.pid : (child.pid ?? 0), "SIGKILL");
      } catch {
        // It has ended by itself in the meantime; "close" tells how.
      }
    };
    const onAbort = () => stop("aborted");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const timer =
      options.timeoutMs === undefined ? undefined : setTimeout(() => stop("timeout"), options.timeoutMs);
    const settle = (result: ProcessResult) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      resolve(result);
    };

    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderrSize < stderrLimit) {
        stderr.push(chunk);
        stderrSize += chunk.length;
      }
    });
    // A program may end before it has read all its input; its exit code is what tells.
    child.stdin.on("error", () => {});
    child.on("error", (reason) => settle({ kind: "spawn", code: systemErrorCode(reason) ?? reason.message }));
    child.on("close", (code, signal) => {
      const text = Buffer.concat(stderr).toString("utf8");
      if (stopped === "aborted") {
        settle({ kind: "aborted" });
      } else if (stopped === "timeout") {
        settle({ kind: "timeout", stderr: text });
      } else if (signal !== null) {
        settle({ kind: "signal", signal, stderr: text });
      } else {
        settle({ kind: "exit", code: code ?? 0, stdout: Buffer.concat(stdout), stderr: text });
      }
    });
    for (const piece of options.stdin ?? []) {
      child.stdin.write(piece);
    }
    child.stdin.end();
  });
}
