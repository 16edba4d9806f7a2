import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether this machine has Go, and with it pprof's own reader. */
export const hasGo = (() => {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** What `go tool pprof` prints for a profile. */
export function goPprof(profile: Uint8Array, ...options: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-pprof-"));
  try {
    const file = join(folder, "profile.pb.gz");
    writeFileSync(file, profile);
    return execFileSync("go", ["tool", "pprof", ...options, file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
