import { readFileSync, writeFileSync } from "node:fs";

/** What a process has used, as the kernel counts it. Linux only. */
export interface Usage {
  readonly cpuMs: number;
  /** The highest resident memory since `resetPeak`, in MiB. */
  readonly peakMb: number;
}

/** Linux counts in hundredths of a second, on all machines that this runs on (`getconf CLK_TCK`). */
const msPerTick = 10;

export function readUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may have spaces; user and system time are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    peakMb: Number(peak?.[1]) / 1024,
  };
}

/** Forgets the peak so far (proc(5), `clear_refs`). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
