import { createHash, randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { DocumentService, UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm } from "@partner/document/v1";
import type { Case, Prepared } from "./case.ts";
import { connectTo } from "./clients.ts";

type Message = MessageInitShape<typeof UploadContentRequestSchema>;
type Documents = Client<typeof DocumentService>;

const contentBytes = 64 * 1024 * 1024;
const chunkBytes = 64 * 1024;

// One piece over and over: making it, and its digest, is not what is measured.
const piece = Uint8Array.from({ length: chunkBytes }, (_, index) => (index * 31 + (index >> 8) * 7) & 0xff);
const pieceDigest = sha256([piece]);
const digests = new Map<number, ReturnType<typeof sha256>>();

function digestOf(bytes: number): ReturnType<typeof sha256> {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = sha256(Array.from({ length: bytes / chunkBytes }, () => piece));
    digests.set(bytes, digest);
  }
  return digest;
}

function sha256(pieces: readonly Uint8Array[]) {
  const hash = createHash("sha256");
  for (const data of pieces) {
    hash.update(data);
  }
  return { algorithm: DigestAlgorithm.SHA256, value: new Uint8Array(hash.digest()) };
}

async function addDocument(client: Documents): Promise<string> {
  const { document } = await client.createDocument({
    document: { title: "Content" },
    idempotencyKey: randomUUID(),
  });
  return document?.documentId ?? "";
}

/** Uploads so many bytes, in chunks with a digest each, as the new head revision. */
export async function upload(client: Documents, documentId: string, bytes: number): Promise<void> {
  const { upload: made } = await client.createUpload({
    upload: { documentId, mediaType: "application/octet-stream" },
    idempotencyKey: randomUUID(),
  });
  async function* messages(): AsyncGenerator<Message> {
    yield { message: { case: "start", value: { uploadId: made?.uploadId ?? "" } } };
    for (let offset = 0; offset < bytes; offset += chunkBytes) {
      const value = { offset: BigInt(offset), data: piece, digest: pieceDigest };
      yield { message: { case: "chunk", value } };
    }
    yield { message: { case: "finish", value: { sizeBytes: BigInt(bytes), digest: digestOf(bytes) } } };
  }
  const { revision } = await client.uploadContent(messages());
  if (revision === undefined) {
    throw new Error("the upload made no revision");
  }
}

/** Downloads the head revision, which must have so many bytes. */
export async function download(client: Documents, documentId: string, bytes: number): Promise<void> {
  let received = 0;
  for await (const { message } of client.downloadContent({ documentId })) {
    received += message.case === "chunk" ? message.value.data.length : 0;
  }
  if (received !== bytes) {
    throw new Error(`the download had ${received} bytes`);
  }
}

function content(name: string, prepare: (client: Documents) => Promise<() => Promise<void>>): Case {
  return {
    name: `${name}, ${contentBytes / 1024 / 1024} MiB`,
    unit: "MB",
    needsStore: true,
    async prepare(target): Promise<Prepared> {
      const connection = connectTo(target);
      const move = await prepare(connection.client);
      return {
        // Once, however long it takes.
        async run() {
          const started = performance.now();
          await move();
          const ms = performance.now() - started;
          return { latenciesMs: [ms], seconds: ms / 1000, bytes: contentBytes };
        },
        close: connection.close,
      };
    },
  };
}

export const contentCases: readonly Case[] = [
  content(
    "UploadContent",
    async (client) => async () => upload(client, await addDocument(client), contentBytes),
  ),
  content("DownloadContent", async (client) => {
    const documentId = await addDocument(client);
    await upload(client, documentId, contentBytes);
    return () => download(client, documentId, contentBytes);
  }),
];
