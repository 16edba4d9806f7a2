import type { Finding } from "../report/finding.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { runBufCheck } from "./buf-check.ts";

/**
 * Runs `buf lint` over the workspace.
 * @throws WirehouseError USAGE, CONFIG or BUF
 */
export function lint(options: {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<Finding[]> {
  return runBufCheck(loadWorkspace(options.cwd).root, ["lint"], options.signal);
}
