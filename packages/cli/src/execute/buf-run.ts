import { failure, WirehouseError } from "../errors.ts";
import type { ImportGraph } from "../graph/import-graph.ts";
import type { ProcessResult } from "../io/process.ts";
import type { Finding } from "../report/finding.ts";
import { readBufFindings } from "./buf-errors.ts";

/** Above this number of files everything is compiled: a command line holds only so many names. */
const maxPaths = 5000;

/** Whether a file is wanted that no module has: well-known types come with buf. */
export function hasExternal(graph: ImportGraph, wanted: ReadonlySet<string> | "all"): boolean {
  return wanted !== "all" && [...wanted].some((path) => graph.get(path) === undefined);
}

/** The `--path` arguments for the wanted files. */
export function pathArguments(graph: ImportGraph, wanted: ReadonlySet<string> | "all"): string[] {
  return wanted === "all" || wanted.size > maxPaths || hasExternal(graph, wanted)
    ? []
    : [...wanted].flatMap((path) => graph.get(path)?.file ?? []).flatMap((file) => ["--path", file]);
}

/**
 * The standard output of a run of buf that succeeded.
 * @throws WirehouseError PROTO, BUF or INTERRUPTED
 */
export function bufOutput(root: string, name: string, result: ProcessResult): Buffer {
  if (result.kind === "aborted") {
    throw failure("INTERRUPTED", `${name} was interrupted`);
  }
  if (result.kind === "exit" && result.code === 0) {
    return result.stdout;
  }
  const findings = "stderr" in result ? readBufFindings(root, result.stderr) : [];
  if (findings.length > 0) {
    throw new WirehouseError("PROTO", findings.map(explainMissingImport));
  }
  throw failure("BUF", `${name} ${describeEnd(result)}`);
}

/** How a process ended, in words. */
export function describeEnd(result: ProcessResult): string {
  switch (result.kind) {
    case "exit":
      return `failed with exit code ${result.code}${quoteStderr(result.stderr)}`;
    case "signal":
      return `was ended by ${result.signal}${quoteStderr(result.stderr)}`;
    case "timeout":
      return `did not end in time and was stopped${quoteStderr(result.stderr)}`;
    case "aborted":
      return "was interrupted";
    case "spawn":
      return `could not be started (${result.code})`;
  }
}

function quoteStderr(stderr: string): string {
  const text = stderr.trim();
  return text === "" ? "" : `: ${text.length > 4000 ? `${text.slice(0, 4000)}…` : text}`;
}

function explainMissingImport(finding: Finding): Finding {
  if (finding.message !== "imported file does not exist") {
    return finding;
  }
  const path = /["']([^"']+)["']/.exec(finding.source ?? "")?.[1] ?? "the file";
  return {
    ...finding,
    message: `${path} is imported, but no module of buf.yaml provides it`,
    help: `correct the path; or, if an npm package has it, add the file under "vendor" in wirehouse.yaml and run \`wirehouse vendor\``,
  };
}
