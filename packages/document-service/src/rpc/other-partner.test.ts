import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { DocumentService, SyncDocumentsRequestSchema } from "@partner/document/service/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import {
  addContent,
  addDocument,
  addUpload,
  bytesOf,
  readContent,
  startOf,
  streamOf,
} from "../testing/content.ts";
import { makeCaller, openHarness } from "../testing/harness.ts";

/** What belongs to the victim, and is known to the attacker. */
interface Loot {
  documentId: string;
  deletedId: string;
  revisionId: string;
  uploadId: string;
  idempotencyKey: string;
  cursor: string;
  pageToken: string;
  mutationId: string;
  clientId: string;
}

type SyncMessage = MessageInitShape<typeof SyncDocumentsRequestSchema>;
type Attack = (attacker: Client<typeof DocumentService>, loot: Loot) => Promise<unknown>;

/** What an attacker of another partner may try with each RPC, and what comes of it: a code, or an answer. */
const attacks: { readonly [Rpc in keyof typeof DocumentService.method]: readonly [Attack, unknown] } = {
  createDocument: [
    // The key of another partner is no key of this one: a document of the attacker's own is made.
    async (attacker, { documentId, idempotencyKey }) => {
      const { document } = await attacker.createDocument({ document: { title: "A title" }, idempotencyKey });
      return document?.documentId === documentId;
    },
    false,
  ],
  getDocument: [(attacker, loot) => codeOf(attacker.getDocument(ids(loot))), "NotFound"],
  batchGetDocuments: [
    async (attacker, { documentId }) =>
      (await attacker.batchGetDocuments({ documentIds: [documentId] })).documents,
    [],
  ],
  listDocuments: [
    (attacker, { pageToken }) => codeOf(attacker.listDocuments({ pageSize: 1, pageToken })),
    "InvalidArgument",
  ],
  updateDocument: [
    (attacker, loot) => codeOf(attacker.updateDocument({ document: { ...ids(loot), title: "mine" } })),
    "NotFound",
  ],
  publishDocument: [(attacker, loot) => codeOf(attacker.publishDocument(ids(loot))), "NotFound"],
  archiveDocument: [(attacker, loot) => codeOf(attacker.archiveDocument(ids(loot))), "NotFound"],
  unarchiveDocument: [(attacker, loot) => codeOf(attacker.unarchiveDocument(ids(loot))), "NotFound"],
  deleteDocument: [(attacker, loot) => codeOf(attacker.deleteDocument(ids(loot))), "NotFound"],
  batchDeleteDocuments: [
    (attacker, { documentId }) => codeOf(attacker.batchDeleteDocuments({ documentIds: [documentId] })),
    "NotFound",
  ],
  undeleteDocument: [
    (attacker, { deletedId }) => codeOf(attacker.undeleteDocument({ documentId: deletedId })),
    "NotFound",
  ],
  getRevision: [
    (attacker, { documentId, revisionId }) => codeOf(attacker.getRevision({ documentId, revisionId })),
    "NotFound",
  ],
  listRevisions: [(attacker, loot) => codeOf(attacker.listRevisions(ids(loot))), "NotFound"],
  restoreRevision: [
    async (attacker, { documentId, revisionId }) => {
      const idempotencyKey = randomUUID();
      const own = (await addDocument(attacker)).documentId;
      return [
        await codeOf(attacker.restoreRevision({ documentId, revisionId, idempotencyKey })),
        await codeOf(attacker.restoreRevision({ documentId: own, revisionId, idempotencyKey })),
      ];
    },
    ["NotFound", "NotFound"],
  ],
  createUpload: [(attacker, { documentId }) => codeOf(addUpload(attacker, documentId)), "NotFound"],
  getUpload: [(attacker, { uploadId }) => codeOf(attacker.getUpload({ uploadId })), "NotFound"],
  uploadContent: [
    (attacker, { uploadId }) => codeOf(attacker.uploadContent(streamOf(startOf(uploadId)))),
    "NotFound",
  ],
  cancelUpload: [(attacker, { uploadId }) => codeOf(attacker.cancelUpload({ uploadId })), "NotFound"],
  downloadContent: [
    (attacker, { documentId, revisionId }) => codeOf(readContent(attacker, { documentId, revisionId })),
    "NotFound",
  ],
  watchDocuments: [
    async (attacker, { cursor }) => [
      await codeOf(first(attacker.watchDocuments({ cursor }))),
      (await first(attacker.watchDocuments({})))?.message.case,
    ],
    ["InvalidArgument", "heartbeat"],
  ],
  syncDocuments: [
    async (attacker, { cursor, clientId, mutationId, documentId }) => {
      const start = (from: string) => ({
        message: { case: "start" as const, value: { clientId, cursor: from } },
      });
      const operation = { case: "delete" as const, value: { documentId } };
      const mutation = { message: { case: "mutation" as const, value: { mutationId, operation } } };
      const results = [];
      for await (const { message } of attacker.syncDocuments(streamOf<SyncMessage>(start(""), mutation))) {
        results.push(message.case === "result" ? message.value.outcome.case : message.case);
      }
      return [
        await codeOf(first(attacker.syncDocuments(streamOf(start(cursor))))),
        results.filter((name) => name !== "heartbeat"),
      ];
    },
    ["InvalidArgument", ["rejected"]],
  ],
};

function ids({ documentId }: Loot): { documentId: string } {
  return { documentId };
}

async function first<T>(stream: AsyncIterable<T>): Promise<T | undefined> {
  for await (const message of stream) {
    return message;
  }
  return undefined;
}

eachStore("what belongs to another partner does not exist", (store) => {
  it.each(Object.keys(attacks) as (keyof typeof attacks)[])("%s", async (rpc) => {
    const { client, main, caller, db } = await openHarness(store);
    const idempotencyKey = randomUUID();
    const { document } = await client.createDocument({ document: { title: "A title" }, idempotencyKey });
    const documentId = document?.documentId ?? "";
    const { revision } = await addContent(client, documentId, bytesOf(10));
    const { uploadId } = await addUpload(client, documentId);
    const { documentId: deletedId } = await addDocument(client);
    await client.deleteDocument({ documentId: deletedId });
    await addDocument(client);
    const page = await client.listDocuments({ pageSize: 1 });
    const [clientId, mutationId] = [randomUUID(), randomUUID()];
    const operation = { case: "update" as const, value: { document: { documentId, title: "Mine" } } };
    const messages = streamOf<SyncMessage>(
      { message: { case: "start" as const, value: { clientId } } },
      { message: { case: "mutation" as const, value: { mutationId, operation } } },
    );
    for await (const _ of client.syncDocuments(messages)) {
      // To its end.
    }
    const victims = () =>
      db.read(async (tx) => {
        const rows = [];
        for (const table of [
          "partner",
          "document",
          "revision",
          "upload",
          "content_chunk",
          "sync_result",
        ] as const) {
          const found = tx.selectFrom(table).selectAll().where("partner_id", "=", caller.partnerId);
          rows.push(...(await found.execute()));
        }
        return rows;
      });
    const before = await victims();
    const loot: Loot = {
      documentId,
      deletedId,
      revisionId: revision?.revisionId ?? "",
      uploadId,
      idempotencyKey,
      cursor: page.watchCursor,
      pageToken: page.nextPageToken,
      clientId,
      mutationId,
    };
    const [attack, expected] = attacks[rpc];
    expect(await attack(main.client(makeCaller()), loot)).toEqual(expected);
    expect(await victims()).toEqual(before);
  });
});
