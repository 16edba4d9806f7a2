import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { DocumentService } from "@partner/document/service/v1";
import type { Document } from "@partner/document/v1";
import type { Context } from "../domain/context.ts";
import { createDocument } from "../domain/documents/create.ts";
import { listDocuments } from "../domain/documents/list.ts";
import {
  archiveDocument,
  deleteDocument,
  deleteDocuments,
  publishDocument,
  unarchiveDocument,
  undeleteDocument,
} from "../domain/documents/transitions.ts";
import { updateDocument } from "../domain/documents/update.ts";
import { notFound, type Outcome } from "../domain/outcome.ts";
import type { Unit } from "../domain/store.ts";
import { contextFor, type Deps } from "./deps.ts";
import { toConnectError, unwrap } from "./errors.ts";

type Handlers = Pick<
  ServiceImpl<typeof DocumentService>,
  | "createDocument"
  | "getDocument"
  | "batchGetDocuments"
  | "listDocuments"
  | "updateDocument"
  | "publishDocument"
  | "archiveDocument"
  | "unarchiveDocument"
  | "deleteDocument"
  | "batchDeleteDocuments"
  | "undeleteDocument"
>;

/** The RPCs about documents as such. */
export function documentHandlers(deps: Deps): Handlers {
  const { store, platform, callerOf } = deps;

  /** An RPC that changes one document and answers with it. */
  const changing =
    <Request>(change: (unit: Unit, context: Context, request: Request) => Promise<Outcome<Document>>) =>
    async (request: Request, call: HandlerContext): Promise<{ document: Document }> => {
      const context = contextFor(deps, call);
      return {
        document: unwrap(await store.write(context.partnerId, (unit) => change(unit, context, request))),
      };
    };

  return {
    createDocument: changing(createDocument),
    updateDocument: changing(updateDocument),
    publishDocument: changing(publishDocument),
    archiveDocument: changing(archiveDocument),
    unarchiveDocument: changing(unarchiveDocument),
    deleteDocument: changing(deleteDocument),
    undeleteDocument: changing(undeleteDocument),

    async getDocument({ documentId }, call) {
      const stored = await store.readOne(callerOf(call).partnerId, (view) => view.document(documentId));
      if (stored === undefined) {
        throw toConnectError(notFound("document", documentId).failure);
      }
      return { document: stored.document };
    },

    async batchGetDocuments({ documentIds }, call) {
      const stored = await store.readOne(callerOf(call).partnerId, (view) => view.documents(documentIds));
      const found = new Map(stored.map(({ document }) => [document.documentId, document]));
      return {
        documents: documentIds.flatMap((id) => found.get(id) ?? []),
        missingDocumentIds: documentIds.filter((id) => !found.has(id)),
      };
    },

    async listDocuments(request, call) {
      return unwrap(await listDocuments(store, platform, callerOf(call).partnerId, request));
    },

    async batchDeleteDocuments({ documentIds }, call) {
      const context = contextFor(deps, call);
      const documents = unwrap(
        await store.write(context.partnerId, (unit) => deleteDocuments(unit, context, documentIds)),
      );
      return { documents };
    },
  };
}
