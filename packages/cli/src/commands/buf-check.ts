import { stripVTControlCharacters } from "node:util";
import { failure } from "../errors.ts";
import { readBufFindings } from "../execute/buf-errors.ts";
import { describeEnd } from "../execute/buf-run.ts";
import { findBuf } from "../execute/find-buf.ts";
import { pluginPath } from "../execute/resolve-plugin.ts";
import { runProcess } from "../io/process.ts";
import { compareFindings, type Finding } from "../report/finding.ts";

/** The exit code with which buf says that it has findings. */
const bufHasFindings = 100;

export interface BufCheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told what buf warns of, such as a plugin none of whose rules is used. Default: nobody is. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Runs a checking command of buf and returns what it found. Check plugins that the workspace has installed are on its PATH.
 * @throws WirehouseError BUF when it ended otherwise than with a pass or with findings
 */
export async function runBufCheck(
  root: string,
  args: readonly string[],
  { signal, warn }: BufCheckOptions,
): Promise<Finding[]> {
  const result = await runProcess(findBuf(root).file, [...args, "--error-format=json"], {
    cwd: root,
    env: { ...process.env, PATH: pluginPath(root) },
    signal,
  });
  if (result.kind === "aborted") {
    throw failure("INTERRUPTED", `buf ${args[0]} was interrupted`);
  }
  if (result.kind === "exit" && (result.code === 0 || result.code === bufHasFindings)) {
    const findings = readBufFindings(root, result.stdout.toString("utf8"));
    if (findings.length > 0 || result.code === 0) {
      const warning = stripVTControlCharacters(result.stderr).trim();
      if (warning !== "") {
        warn?.(`buf ${args[0]}: ${warning}`);
      }
      return findings.sort(compareFindings);
    }
  }
  throw failure("BUF", `buf ${args[0]} ${describeEnd(result)}`);
}
