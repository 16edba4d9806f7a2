import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { sha256 } from "@noble/hashes/sha2.js";
import type { DocumentService, UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm, UploadState } from "@partner/document/v1";
import { backoffMs, type Timing } from "./backoff.ts";
import { isPassing } from "./explain.ts";

/** Options of `uploadFile`. */
export interface UploadOptions extends Timing {
  readonly client: Pick<Client<typeof DocumentService>, "createUpload" | "getUpload" | "uploadContent">;
  readonly documentId: string;
  readonly file: Blob & { readonly name: string };
  readonly newKey: () => string;
  /** Gives up; what arrived stays on the server for a day. */
  readonly signal: AbortSignal;
  /** Bytes that the server has. */
  readonly onProgress: (bytes: number) => void;
}

const chunkBytes = 256 * 1024;
/** What one call carries: small enough to show progress, large enough that the calls cost nothing. */
export const partBytes = 4 * chunkBytes;
const maxAttempts = 6;

/**
 * Uploads a file as the new head revision of a document: in parts, each a call of its own, since a browser cannot stream a
 * body. After a failure that may pass it asks how much arrived, and goes on from there.
 *
 * Rejects with the service's `ConnectError`, or with the error of reading the file.
 */
export async function uploadFile(options: UploadOptions): Promise<void> {
  const { client, file, signal, onProgress } = options;
  const { upload } = await client.createUpload(
    {
      upload: {
        documentId: options.documentId,
        mediaType: mediaTypeOf(file.type),
        fileName: fileNameOf(file.name),
        sizeBytes: BigInt(file.size),
      },
      idempotencyKey: options.newKey(),
    },
    { signal },
  );
  const uploadId = upload?.uploadId ?? "";
  const digest = sha256.create();
  let digested = 0;
  let received = 0;
  let failures = 0;
  onProgress(0);
  for (;;) {
    try {
      const { upload } = await client.uploadContent(part(received), { signal });
      received = Number(upload?.receivedBytes ?? 0);
      failures = 0;
      onProgress(received);
      if (upload?.state === UploadState.COMMITTED) {
        return;
      }
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      if (!isPassing(error) || failures === maxAttempts) {
        throw error;
      }
      await options.sleep(backoffMs(failures, options.random), signal);
      const { upload } = await client.getUpload({ uploadId }, { signal });
      if (upload?.state === UploadState.COMMITTED) {
        onProgress(file.size);
        return;
      }
      received = Number(upload?.receivedBytes ?? 0);
    }
  }

  async function* part(from: number): AsyncGenerator<MessageInitShape<typeof UploadContentRequestSchema>> {
    yield { message: { case: "start", value: { uploadId } } };
    const end = Math.min(from + partBytes, file.size);
    for (let offset = from; offset < end; offset += chunkBytes) {
      const data = await readSlice(offset, Math.min(offset + chunkBytes, end));
      yield { message: { case: "chunk", value: { offset: BigInt(offset), data } } };
    }
    if (end === file.size) {
      const value = { algorithm: DigestAlgorithm.SHA256, value: digest.clone().digest() };
      yield { message: { case: "finish", value: { sizeBytes: BigInt(file.size), digest: value } } };
    }
  }

  /** Each byte goes into the digest once, in order, however often it is sent. */
  async function readSlice(start: number, end: number): Promise<Uint8Array> {
    const data = new Uint8Array(await file.slice(start, end).arrayBuffer());
    if (end > digested) {
      digest.update(data.subarray(digested - start));
      digested = end;
    }
    return data;
  }
}

/** The media type that the service takes: without parameters; what the browser does not know is just bytes. */
export function mediaTypeOf(type: string): string {
  const [bare = ""] = type.toLowerCase().split(";");
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/.test(bare.trim())
    ? bare.trim()
    : "application/octet-stream";
}

/** The name that the service takes, or none. */
export function fileNameOf(name: string): string {
  const clean = name.replace(/[/\\\p{Cc}]/gu, "_");
  return clean === "." || clean === ".." || new TextEncoder().encode(clean).length > 255 ? "" : clean;
}
