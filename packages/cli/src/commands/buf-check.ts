import { failure } from "../errors.ts";
import { readBufFindings } from "../execute/buf-errors.ts";
import { describeEnd } from "../execute/buf-run.ts";
import { findBuf } from "../execute/find-buf.ts";
import { runProcess } from "../io/process.ts";
import { compareFindings, type Finding } from "../report/finding.ts";

/** The exit code with which buf says that it has findings. */
const bufHasFindings = 100;

/**
 * Runs a checking command of buf and returns what it found.
 * @throws WirehouseError BUF when it ended otherwise than with a pass or with findings
 */
export async function runBufCheck(
  root: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const result = await runProcess(findBuf(root).file, [...args, "--error-format=json"], {
    cwd: root,
    signal,
  });
  if (result.kind === "aborted") {
    throw failure("INTERRUPTED", `buf ${args[0]} was interrupted`);
  }
  if (result.kind === "exit" && (result.code === 0 || result.code === bufHasFindings)) {
    const findings = readBufFindings(root, result.stdout.toString("utf8"));
    if (findings.length > 0 || result.code === 0) {
      return findings.sort(compareFindings);
    }
  }
  throw failure("BUF", `buf ${args[0]} ${describeEnd(result)}`);
}
