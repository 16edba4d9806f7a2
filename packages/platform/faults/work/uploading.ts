import { createHash } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm } from "@partner/document/v1";

export type UploadMessage = MessageInitShape<typeof UploadContentRequestSchema>;

export function sha256(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

function digestOf(data: Uint8Array) {
  return { algorithm: DigestAlgorithm.SHA256, value: sha256(data) };
}

/** The messages that send bytes of a content from `start` to `end`, and finish it if they are the last. */
export function* sending(
  uploadId: string,
  content: Uint8Array,
  start: number,
  end: number,
  step: number,
): Generator<UploadMessage> {
  yield { message: { case: "start", value: { uploadId } } };
  for (let offset = start; offset < end; offset += step) {
    const data = content.subarray(offset, Math.min(offset + step, end));
    yield { message: { case: "chunk", value: { offset: BigInt(offset), data, digest: digestOf(data) } } };
  }
  if (end === content.length) {
    yield { message: { case: "finish", value: { sizeBytes: BigInt(end), digest: digestOf(content) } } };
  }
}

/** As a stream. */
export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
