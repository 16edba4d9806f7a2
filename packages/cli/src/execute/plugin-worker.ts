import { hash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { loadPlugin } from "./load-plugin.ts";
import type { CapturedPlugin, FrameworkPlugin } from "./plugin-patches.ts";
import { encodeFiles } from "./plugin-request.ts";

/** One request to a plugin, with the descriptors it needs. */
export interface WorkerJob {
  readonly id: number;
  readonly file: string;
  /** Digest of the program: a worker loads it once. */
  readonly identity: string;
  readonly unpatched: boolean;
  readonly parameter: string;
  /** Import paths to generate, in image order. */
  readonly generate: readonly string[];
  /** All files in image order; offsets into `bytes`. `stripped` is set where it differs from the source. */
  readonly descriptors: readonly {
    readonly path: string;
    readonly source: readonly [start: number, end: number];
    readonly stripped?: readonly [start: number, end: number] | undefined;
  }[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Load the program, and do nothing with it. Default: false. */
  readonly isLoadOnly?: boolean;
}

export interface WorkerFile {
  readonly name: string;
  readonly digest: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

export type WorkerAnswer =
  | { readonly id: number; readonly kind: "files"; readonly files: readonly WorkerFile[] }
  /** An encoded CodeGeneratorResponse, of a plugin that has one. */
  | { readonly id: number; readonly kind: "response"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly kind: "error"; readonly message: string }
  /** The program hands over no plugin: it is to be run as a process. */
  | { readonly id: number; readonly kind: "not-loadable" };

const plugins = new Map<string, Promise<CapturedPlugin | undefined>>();

parentPort?.on("message", (job: WorkerJob) => {
  run(job).then(
    (answer) => {
      const transfer =
        answer.kind === "files"
          ? answer.files.map((file) => file.content.buffer)
          : answer.kind === "response"
            ? [answer.bytes.buffer]
            : [];
      parentPort?.postMessage(answer, transfer);
    },
    (reason: unknown) => {
      const message = reason instanceof Error ? reason.message : String(reason);
      parentPort?.postMessage({ id: job.id, kind: "error", message } satisfies WorkerAnswer);
    },
  );
});

async function run(job: WorkerJob): Promise<WorkerAnswer> {
  let loading = plugins.get(job.file);
  if (loading === undefined) {
    loading = loadPlugin(job.file, job.unpatched);
    plugins.set(job.file, loading);
  }
  const captured = await loading;
  if (captured === undefined) {
    return { id: job.id, kind: "not-loadable" };
  }
  if (job.isLoadOnly) {
    return { id: job.id, kind: "files", files: [] };
  }
  if ("answer" in captured) {
    return { id: job.id, kind: "response", bytes: new Uint8Array(await captured.answer(encodeRequest(job))) };
  }
  const response = captured.plugin.run(decodeRequest(captured, job));
  const encoder = new TextEncoder();
  return {
    id: job.id,
    kind: "files",
    files: response.file.map(({ name, content }): WorkerFile => {
      const bytes = encoder.encode(content);
      return { name, digest: hash("sha256", bytes), content: bytes };
    }),
  };
}

/** Builds the request from descriptors that are decoded once each, although it lists most of them twice. */
function decodeRequest(captured: FrameworkPlugin, job: WorkerJob): unknown {
  const { fromBinary, requestSchema } = captured;
  const schema = requestSchema as { fields: { name: string; message?: unknown }[] };
  const fileSchema = schema.fields.find((field) => field.name === "proto_file")?.message;
  const decode = ([start, end]: readonly [number, number]) =>
    fromBinary(fileSchema, job.bytes.subarray(start, end));
  const source = new Map(job.descriptors.map((file) => [file.path, decode(file.source)]));
  const request = fromBinary(requestSchema, new Uint8Array()) as Record<string, unknown>;
  request.parameter = job.parameter;
  request.fileToGenerate = [...job.generate];
  request.protoFile = job.descriptors.map((file) =>
    file.stripped === undefined ? source.get(file.path) : decode(file.stripped),
  );
  request.sourceFileDescriptors = job.generate.map((path) => source.get(path));
  return request;
}

/** The request as a process would get it. */
function encodeRequest(job: WorkerJob): Uint8Array {
  const wanted = new Set(job.generate);
  const bytesOf = (range: readonly [number, number] | undefined) => range && job.bytes.subarray(...range);
  const files = job.descriptors.map(({ path, source, stripped }) => ({
    path,
    isWanted: wanted.has(path),
    source: bytesOf(source),
    stripped: bytesOf(stripped),
  }));
  return Buffer.concat(encodeFiles(files, job.parameter));
}
