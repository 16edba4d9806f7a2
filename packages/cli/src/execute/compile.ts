import { failure, WirehouseError } from "../errors.ts";
import type { ImportGraph } from "../graph/import-graph.ts";
import { type ProcessResult, runProcess } from "../io/process.ts";
import type { Finding } from "../report/finding.ts";
import { readBufFindings } from "./buf-errors.ts";
import { type ImageFile, splitImage } from "./image.ts";
import type { Image } from "./plugin-request.ts";

export interface CompileOptions {
  readonly root: string;
  /** The native buf program. */
  readonly buf: string;
  readonly graph: ImportGraph;
  /** Import paths of the files wanted, or all files of the workspace; what they import comes along. */
  readonly wanted: ReadonlySet<string> | "all";
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles the wanted files with one `buf build` (two where options of source retention are in play).
 * @throws WirehouseError PROTO with the compiler's findings, BUF when buf fails otherwise
 */
export async function compile(options: CompileOptions): Promise<Image> {
  const { graph, wanted } = options;
  // Of files that buf brings along nothing is known but their name: descriptor.proto has such options.
  const withRetention = hasExternal(graph, wanted)
    ? ("all" as const)
    : new Set([...sourceRetentionFiles(graph)].filter((path) => wanted === "all" || wanted.has(path)));
  const [files, stripped] = await Promise.all([
    build(options, wanted, []),
    withRetention !== "all" && withRetention.size === 0
      ? new Map<string, ImageFile>()
      : build(options, withRetention, ["--exclude-source-retention-options"]),
  ]);
  const importsOf = (path: string) =>
    graph.get(path)?.imports.map((found) => found.path) ?? files.get(path)?.imports ?? [];
  return { files, stripped, importsOf };
}

/** Whether a file is wanted that no module has: well-known types come with buf. */
function hasExternal(graph: ImportGraph, wanted: ReadonlySet<string> | "all"): boolean {
  return wanted !== "all" && [...wanted].some((path) => graph.get(path) === undefined);
}

/**
 * Files that may use options which stay in the source: those that mention such a thing, and those that
 * import a file which does. The descriptor of descriptors mentions and uses them; what imports it does not for that.
 */
function sourceRetentionFiles(graph: ImportGraph): Set<string> {
  const mentioned = [...graph.files.values()].filter((file) => file.mentionsSourceRetention);
  const others = mentioned.filter((file) => file.path !== descriptorProto);
  const files = graph.dependents(others.map((file) => file.path));
  return others.length < mentioned.length ? files.add(descriptorProto) : files;
}

const descriptorProto = "google/protobuf/descriptor.proto";

async function build(
  { root, buf, graph, signal }: CompileOptions,
  wanted: ReadonlySet<string> | "all",
  flags: readonly string[],
): Promise<Map<string, ImageFile>> {
  const files =
    wanted === "all" || hasExternal(graph, wanted)
      ? []
      : [...wanted].flatMap((path) => graph.get(path)?.file ?? []);
  const paths = files.flatMap((file) => ["--path", file]);
  const result = await runProcess(
    buf,
    ["build", "--as-file-descriptor-set", "--error-format=json", "-o", "-", ...flags, ...paths],
    { cwd: root, signal },
  );
  return splitImage(bufOutput(root, "buf build", result));
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
