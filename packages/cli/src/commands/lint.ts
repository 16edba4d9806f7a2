import type { Finding } from "../report/finding.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { type BufCheckOptions, runBufCheck } from "./buf-check.ts";

/**
 * Runs `buf lint` over the workspace.
 * @throws WirehouseError USAGE, CONFIG or BUF
 */
export function lint(options: { readonly cwd: string } & BufCheckOptions): Promise<Finding[]> {
  return runBufCheck(loadWorkspace(options.cwd).root, ["lint"], options);
}
