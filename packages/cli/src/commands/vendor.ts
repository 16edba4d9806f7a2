import { count } from "../report/count.ts";
import type { Finding } from "../report/finding.ts";
import { compareVendor } from "../vendor/check-vendor.ts";
import { readVendorState, runVendor } from "../vendor/vendor.ts";
import { loadWorkspace } from "../workspace/workspace.ts";

export interface VendorCommandOptions {
  /** The workspace root. */
  readonly cwd: string;
  /** Compare only; write nothing. */
  readonly check: boolean;
}

export interface VendorCommandResult {
  /** What `--check` found; empty otherwise. */
  readonly findings: readonly Finding[];
  /** One line for people. */
  readonly summary: string;
}

/**
 * `wirehouse vendor` and `wirehouse vendor --check`.
 * @throws WirehouseError USAGE, CONFIG or PROTO, with `check` too: what cannot be compared is no mere difference;
 * IO when the file system refuses
 */
export async function vendorCommand(options: VendorCommandOptions): Promise<VendorCommandResult> {
  const workspace = loadWorkspace(options.cwd);
  const { vendor } = workspace.wirehouse;
  if (vendor === undefined) {
    return { findings: [], summary: "wirehouse.yaml has no `vendor`: nothing to do" };
  }
  if (options.check) {
    const state = await readVendorState(workspace);
    const findings = state === undefined ? [] : compareVendor(state);
    const summary =
      findings.length === 0
        ? `${vendor.out} is up to date`
        : `${vendor.out}: ${count(findings.length, "problem")}`;
    return { findings, summary };
  }
  const result = await runVendor(workspace);
  const written = result?.changes.written.length ?? 0;
  const removed = result?.changes.removed.length ?? 0;
  const total = result?.plan.files.size ?? 0;
  return {
    findings: [],
    summary:
      written + removed === 0
        ? `${vendor.out} is up to date: ${count(total, "file")}`
        : `${vendor.out}: ${count(written, "file")} written, ${removed} removed`,
  };
}
