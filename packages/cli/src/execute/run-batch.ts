import type { OutputFile } from "../cache/entry.ts";
import { failure } from "../errors.ts";
import { runProcess } from "../io/process.ts";
import type { Batch } from "./batches.ts";
import { describeEnd } from "./buf-run.ts";
import type { ImageFile } from "./image.ts";
import { encodeRequest, type Image, requestOrder } from "./plugin-request.ts";
import { pluginFailure, readResponse } from "./plugin-response.ts";
import type { WorkerJob } from "./plugin-worker.ts";
import { workerProgram } from "./preload-plugins.ts";
import { pluginPath } from "./resolve-plugin.ts";
import type { JobResult, WorkerPool } from "./worker-pool.ts";

export interface RunContext {
  readonly root: string;
  readonly image: Image;
  readonly pool: WorkerPool;
  /** Whether the plugin framework runs as published, without the patches for speed. */
  readonly unpatched: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one request: in a worker where the plugin can be loaded, else as a process.
 * @throws WirehouseError PLUGIN when the plugin crashes, hangs, reports an error or answers nonsense
 */
export async function runBatch(context: RunContext, batch: Batch): Promise<readonly OutputFile[]> {
  const { plugin, config } = batch.task;
  if (plugin.kind === "process") {
    return runAsProcess(context, batch, plugin.file, plugin.args);
  }
  const result = await context.pool.run(plugin.file, () => toJob(context, batch, plugin.file), {
    timeoutMs: batch.task.timeoutMs,
    signal: context.signal,
  });
  switch (result.kind) {
    case "files":
      return result.files;
    case "response":
      return readResponse(plugin.name, config.origin, result.bytes, sourcesOf(context.image, batch));
    case "not-loadable":
      return runAsProcess(context, batch, process.execPath, [plugin.file]);
    default:
      throw jobFailure(plugin.name, config.origin, batch, result);
  }
}

function jobFailure(
  plugin: string,
  origin: Batch["task"]["config"]["origin"],
  batch: Batch,
  result: Exclude<JobResult, { kind: "files" | "response" | "not-loadable" }>,
) {
  switch (result.kind) {
    case "error":
      return pluginFailure(plugin, origin, `failed: ${result.message}`);
    case "crashed":
      return pluginFailure(plugin, origin, `crashed: ${result.message}`);
    case "timeout":
      return timeoutFailure(batch);
    case "aborted":
      return failure("INTERRUPTED", `the plugin ${plugin} was interrupted`);
  }
}

async function runAsProcess(
  { root, image, signal }: RunContext,
  batch: Batch,
  file: string,
  args: readonly string[],
): Promise<OutputFile[]> {
  const { plugin, config, timeoutMs } = batch.task;
  const result = await runProcess(file, args, {
    cwd: root,
    env: { ...process.env, PATH: pluginPath(root) },
    stdin: encodeRequest(image, batch),
    timeoutMs,
    signal,
  });
  switch (result.kind) {
    case "exit":
      if (result.code === 0) {
        return readResponse(plugin.name, config.origin, result.stdout, sourcesOf(image, batch));
      }
      break;
    case "aborted":
      throw failure("INTERRUPTED", `the plugin ${plugin.name} was interrupted`);
    case "timeout":
      throw timeoutFailure(batch);
    default:
      break;
  }
  throw pluginFailure(plugin.name, config.origin, describeEnd(result));
}

/** The targets among the files that a request asks for: not what comes along as an import. */
function sourcesOf(image: Image, { task, generate }: Batch): ImageFile[] {
  const targets = new Set(task.targets);
  return generate.filter((path) => targets.has(path)).flatMap((path) => image.files.get(path) ?? []);
}

function timeoutFailure({ task: { plugin, config, timeoutMs } }: Batch) {
  return pluginFailure(
    plugin.name,
    config.origin,
    `did not end within ${timeoutMs / 1000} s and was stopped`,
    `if it needs longer, set plugins.${plugin.name}.timeout_seconds in wirehouse.yaml`,
  );
}

function toJob({ image, unpatched }: RunContext, batch: Batch, file: string): Omit<WorkerJob, "id"> {
  const order = requestOrder(image, batch.generate, batch.roots);
  const generate = new Set(batch.generate);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const add = (bytes: Uint8Array): [number, number] => {
    pieces.push(bytes);
    length += bytes.length;
    return [length - bytes.length, length];
  };
  const descriptors = order.flatMap((path) => {
    const source = image.files.get(path);
    const stripped = generate.has(path) ? image.stripped.get(path) : undefined;
    return source === undefined
      ? []
      : [{ path, source: add(source.bytes), stripped: stripped && add(stripped.bytes) }];
  });
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return {
    ...workerProgram(file, batch.task, unpatched),
    parameter: batch.parameter,
    generate: order.filter((path) => generate.has(path)),
    descriptors,
    bytes,
  };
}
