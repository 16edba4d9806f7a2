import { createHash, randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { DocumentService, UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm, type Document, type Upload } from "@partner/document/v1";

type Message = MessageInitShape<typeof UploadContentRequestSchema>;

/** A document with a title of its own. */
export async function addDocument(
  client: Client<typeof DocumentService>,
  fields: { title?: string; description?: string; labels?: { [key: string]: string } } = {},
): Promise<Document> {
  const document = { title: "A title", ...fields };
  const answer = await client.createDocument({ document, idempotencyKey: randomUUID() });
  return answer.document as Document;
}

export async function addUpload(
  client: Client<typeof DocumentService>,
  documentId: string,
  sizeBytes?: bigint,
): Promise<Upload> {
  const upload = { documentId, mediaType: "text/plain", ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  const answer = await client.createUpload({ upload, idempotencyKey: randomUUID() });
  return answer.upload as Upload;
}

export function sha256Of(data: Uint8Array) {
  const value = new Uint8Array(createHash("sha256").update(data).digest());
  return { algorithm: DigestAlgorithm.SHA256, value };
}

export function startOf(uploadId: string): Message {
  return { message: { case: "start", value: { uploadId } } };
}

export function chunkOf(data: Uint8Array, offset: number, digest = sha256Of(data)): Message {
  return { message: { case: "chunk", value: { offset: BigInt(offset), data, digest } } };
}

export function finishOf(data: Uint8Array, documentEtag = ""): Message {
  const value = { sizeBytes: BigInt(data.length), digest: sha256Of(data), documentEtag };
  return { message: { case: "finish", value } };
}

/** Bytes that differ from place to place. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7 + seed) & 0xff);
}

export async function* streamOf<T>(...messages: T[]): AsyncGenerator<T> {
  yield* messages;
}

/** Uploads content as the new head revision. */
export async function addContent(
  client: Client<typeof DocumentService>,
  documentId: string,
  data: Uint8Array,
  chunkSize = 64 * 1024,
) {
  const { uploadId } = await addUpload(client, documentId);
  const chunks: Message[] = [];
  for (let offset = 0; offset < data.length; offset += chunkSize) {
    chunks.push(chunkOf(data.subarray(offset, offset + chunkSize), offset));
  }
  return await client.uploadContent(streamOf(startOf(uploadId), ...chunks, finishOf(data)));
}

/** Downloads content, and checks the digest of each chunk. */
export async function readContent(
  client: Client<typeof DocumentService>,
  request: { documentId: string; revisionId?: string; offset?: bigint; length?: bigint },
) {
  const messages = [];
  for await (const { message } of client.downloadContent(request)) {
    messages.push(message);
  }
  const [header, ...rest] = messages;
  const chunks = rest.map((message) => {
    if (message.case !== "chunk") {
      throw new TypeError(`a ${message.case} came where only chunks may`);
    }
    return message.value;
  });
  return { header: header?.case === "header" ? header.value : undefined, chunks };
}
