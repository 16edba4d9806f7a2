import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { sha256 } from "@noble/hashes/sha2.js";
import type { DocumentService } from "@partner/document/service/v1";
import type { Revision } from "@partner/document/v1";
import { backoffMs, type Timing } from "./backoff.ts";
import { isPassing } from "./explain.ts";

/** Options of `downloadContent`. */
export interface DownloadOptions extends Timing {
  readonly client: Pick<Client<typeof DocumentService>, "downloadContent">;
  readonly documentId: string;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, total: number) => void;
}

const maxAttempts = 6;

/**
 * Downloads the newest content of a document, and checks its digest. When the stream breaks, or ends because its token did,
 * it goes on from the first missing byte of the same revision.
 *
 * Rejects with the service's `ConnectError`, or with one of code DataLoss when the digest does not match.
 */
export async function downloadContent(
  options: DownloadOptions,
): Promise<{ readonly content: Blob; readonly revision: Revision }> {
  const { client, documentId, signal, onProgress } = options;
  const digest = sha256.create();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  let revision: Revision | undefined;
  let failures = 0;
  let complete = false;
  while (!complete) {
    let advanced = false;
    try {
      const request = { documentId, revisionId: revision?.revisionId ?? "", offset: BigInt(received) };
      for await (const { message } of client.downloadContent(request, { signal })) {
        if (message.case === "header") {
          revision = message.value.revision;
        } else if (message.case === "chunk") {
          const data = message.value.data as Uint8Array<ArrayBuffer>;
          digest.update(data);
          pieces.push(data);
          received += data.length;
          advanced = true;
          onProgress(received, Number(revision?.sizeBytes ?? 0));
        }
      }
      complete = true;
    } catch (error) {
      signal.throwIfAborted();
      const tokenEnded = advanced && ConnectError.from(error).code === Code.Unauthenticated;
      failures = advanced ? 1 : failures + 1;
      if ((!tokenEnded && !isPassing(error)) || failures === maxAttempts) {
        throw error;
      }
      // All had come, and only the end of the stream was missing: there is nothing left to ask for.
      complete = revision !== undefined && BigInt(received) === revision.sizeBytes;
      if (!tokenEnded && !complete) {
        await options.sleep(backoffMs(failures, options.random), signal);
      }
    }
  }
  const expected = revision?.digest?.value ?? new Uint8Array();
  if (revision === undefined || !sameBytes(digest.digest(), expected)) {
    throw new ConnectError("its digest does not match", Code.DataLoss);
  }
  return { content: new Blob(pieces, { type: revision.mediaType }), revision };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
