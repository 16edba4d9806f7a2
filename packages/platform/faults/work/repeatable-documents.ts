import { randomUUID } from "node:crypto";
import type { Connection } from "../harness/clients.ts";
import type { Repeatable } from "./duplicates.ts";
import { sending, streamOf } from "./uploading.ts";

const content = new Uint8Array(10_000).fill(1);

async function document({ documents }: Connection): Promise<string> {
  const made = await documents.createDocument({ document: { title: "twice" }, idempotencyKey: randomUUID() });
  return made.document?.documentId ?? "";
}

async function upload({ documents }: Connection, documentId: string): Promise<string> {
  const made = await documents.createUpload({
    upload: { documentId, mediaType: "text/plain" },
    idempotencyKey: randomUUID(),
  });
  return made.upload?.uploadId ?? "";
}

function send({ documents }: Connection, uploadId: string) {
  return documents.uploadContent(streamOf(sending(uploadId, content, 0, content.length, 4096)));
}

/** A document with content. */
async function filled(connection: Connection): Promise<{ documentId: string; revisionId: string }> {
  const documentId = await document(connection);
  const { revision } = await send(connection, await upload(connection, documentId));
  return { documentId, revisionId: revision?.revisionId ?? "" };
}

async function published(connection: Connection): Promise<string> {
  const { documentId } = await filled(connection);
  await connection.documents.publishDocument({ documentId });
  return documentId;
}

/** All RPCs of the document service that change something. */
export const repeatableDocuments: readonly Repeatable[] = [
  {
    name: "CreateDocument",
    make: async () => {
      const request = { document: { title: "once" }, idempotencyKey: randomUUID() };
      return ({ documents }) => documents.createDocument(request);
    },
  },
  {
    name: "UpdateDocument",
    make: async (connection) => {
      const request = {
        document: { documentId: await document(connection), title: "new" },
        updateMask: { paths: ["title"] },
      };
      return ({ documents }) => documents.updateDocument(request);
    },
  },
  {
    name: "PublishDocument",
    make: async (connection) => {
      const { documentId } = await filled(connection);
      return ({ documents }) => documents.publishDocument({ documentId });
    },
  },
  {
    name: "ArchiveDocument",
    make: async (connection) => {
      const documentId = await published(connection);
      return ({ documents }) => documents.archiveDocument({ documentId });
    },
  },
  {
    name: "UnarchiveDocument",
    make: async (connection) => {
      const documentId = await published(connection);
      await connection.documents.archiveDocument({ documentId });
      return ({ documents }) => documents.unarchiveDocument({ documentId });
    },
  },
  {
    name: "DeleteDocument",
    make: async (connection) => {
      const documentId = await document(connection);
      return ({ documents }) => documents.deleteDocument({ documentId });
    },
  },
  {
    name: "BatchDeleteDocuments",
    make: async (connection) => {
      const documentIds = [await document(connection), await document(connection)];
      return ({ documents }) => documents.batchDeleteDocuments({ documentIds });
    },
  },
  {
    name: "UndeleteDocument",
    make: async (connection) => {
      const documentId = await document(connection);
      await connection.documents.deleteDocument({ documentId });
      return ({ documents }) => documents.undeleteDocument({ documentId });
    },
  },
  {
    name: "RestoreRevision",
    make: async (connection) => {
      const request = { ...(await filled(connection)), idempotencyKey: randomUUID() };
      return ({ documents }) => documents.restoreRevision(request);
    },
  },
  {
    name: "CreateUpload",
    make: async (connection) => {
      const documentId = await document(connection);
      const request = { upload: { documentId, mediaType: "text/plain" }, idempotencyKey: randomUUID() };
      return ({ documents }) => documents.createUpload(request);
    },
  },
  {
    name: "UploadContent",
    make: async (connection) => {
      const uploadId = await upload(connection, await document(connection));
      return (to) => send(to, uploadId);
    },
    // Of streams side by side the newest goes on.
    mayFailWith: "Aborted",
  },
  {
    name: "CancelUpload",
    make: async (connection) => {
      const uploadId = await upload(connection, await document(connection));
      return ({ documents }) => documents.cancelUpload({ uploadId });
    },
  },
];
