import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measurement {
  readonly seconds: number;
  /** Highest sum of the resident memory of the process and all below it, sampled; in megabytes. */
  readonly peakMb: number;
  /** How many processes were seen below it. */
  readonly children: number;
}

const sampleMs = 20;

/** Runs a program to its end and measures it from outside. Throws when it fails. */
export function measure(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    let peakMb = 0;
    const seen = new Set<number>();
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer = setInterval(() => {
      const tree = child.pid === undefined ? [] : processTree(child.pid);
      peakMb = Math.max(
        peakMb,
        tree.reduce((sum, entry) => sum + entry.residentMb, 0),
      );
      for (const { pid } of tree) {
        if (pid !== child.pid) {
          seen.add(pid);
        }
      }
    }, sampleMs);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) {
        resolve({ seconds, peakMb, children: seen.size });
      } else {
        reject(new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.slice(0, 2000)}`));
      }
    });
  });
}

/** Linux only; elsewhere memory and children are reported as 0. */
function processTree(root: number): { pid: number; residentMb: number }[] {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync("/proc")) {
      if (/^\d+$/.test(name)) {
        parents.set(Number(name), parentOf(Number(name)));
      }
    }
  } catch {
    return [];
  }
  const members = new Set([root]);
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const [pid, parent] of parents) {
      if (members.has(parent)) {
        members.add(pid);
      }
    }
  }
  return [...members].map((pid) => ({ pid, residentMb: residentMb(pid) }));
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function residentMb(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096) / 1_000_000;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
