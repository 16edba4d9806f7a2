import type { ImportGraph } from "../graph/import-graph.ts";
import { runProcess } from "../io/process.ts";
import { bufOutput, hasExternal, pathArguments } from "./buf-run.ts";
import { compileManaged } from "./compile-managed.ts";
import { type ImageFile, splitImage } from "./image.ts";
import type { Image } from "./plugin-request.ts";

export interface CompileOptions {
  readonly root: string;
  /** The native buf program. */
  readonly buf: string;
  readonly graph: ImportGraph;
  /** Import paths of the files wanted, or all files of the workspace; what they import comes along. */
  readonly wanted: ReadonlySet<string> | "all";
  /** The `managed` block of buf.gen.yaml, where managed mode is enabled. */
  readonly managed?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles the wanted files with one `buf build` (two where options of source retention are in play).
 * @throws WirehouseError PROTO with the compiler's findings, BUF when buf fails otherwise
 */
export async function compile(options: CompileOptions): Promise<Image> {
  const { graph } = options;
  const { files, stripped } =
    options.managed === undefined ? await buildAll(options) : await compileManaged(options, options.managed);
  const importsOf = (path: string) =>
    graph.get(path)?.imports.map((found) => found.path) ?? files.get(path)?.imports ?? [];
  return { files, stripped, importsOf };
}

async function buildAll(options: CompileOptions): Promise<Pick<Image, "files" | "stripped">> {
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
  return { files, stripped };
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
  const result = await runProcess(
    buf,
    [
      "build",
      "--as-file-descriptor-set",
      "--error-format=json",
      "-o",
      "-",
      ...flags,
      ...pathArguments(graph, wanted),
    ],
    { cwd: root, signal },
  );
  return splitImage(bufOutput(root, "buf build", result));
}
