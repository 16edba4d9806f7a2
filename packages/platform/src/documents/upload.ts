import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm, type Revision } from "@partner/document/v1";
import type { Documents } from "./connect.ts";
import type { Content } from "./content.ts";
import { createResumption, type ResumeOptions } from "./resume.ts";

/** What is uploaded, and to which document. */
export interface UploadOptions extends ResumeOptions {
  readonly documentId: string;
  readonly content: Content;
  readonly mediaType: string;
  readonly fileName: string;
}

/** Uploads content, over as many streams as it takes: each goes on after the bytes that the server has. */
export async function uploadContent(documents: Documents, options: UploadOptions): Promise<Revision> {
  const { documentId, content, mediaType, fileName, signal } = options;
  const { upload } = await documents.createUpload({
    upload: { documentId, mediaType, fileName, sizeBytes: BigInt(content.size) },
    idempotencyKey: randomUUID(),
  });
  const { uploadId = "" } = upload ?? {};
  const resumption = createResumption(options);
  let received = 0;
  let broken: ConnectError | undefined;
  for (;;) {
    try {
      if (broken !== undefined) {
        const state = await documents.getUpload({ uploadId });
        const now = Number(state.upload?.receivedBytes ?? 0n);
        if (now > received) {
          resumption.progress();
        }
        received = now;
        options.onResume?.(broken, `byte ${received}`);
      }
      const stream = messages(uploadId, content, received);
      const { revision } = await documents.uploadContent(stream, { timeoutMs: 0, ...(signal && { signal }) });
      return revision as Revision;
    } catch (reason) {
      broken = await resumption.next(reason);
    }
  }
}

async function* messages(
  uploadId: string,
  content: Content,
  offset: number,
): AsyncGenerator<MessageInitShape<typeof UploadContentRequestSchema>> {
  yield { message: { case: "start", value: { uploadId } } };
  let at = offset;
  for await (const data of content.read(offset)) {
    yield { message: { case: "chunk", value: { offset: BigInt(at), data } } };
    at += data.length;
  }
  const digest = { algorithm: DigestAlgorithm.SHA256, value: content.digest };
  yield { message: { case: "finish", value: { sizeBytes: BigInt(content.size), digest } } };
}
