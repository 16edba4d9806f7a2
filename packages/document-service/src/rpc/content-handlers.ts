import type { ServiceImpl } from "@connectrpc/connect";
import type { DocumentService } from "@partner/document/service/v1";
import { receiveContent } from "../domain/content/receive.ts";
import { sendContent } from "../domain/content/send.ts";
import { cancelUpload, createUpload, getUpload } from "../domain/content/uploads.ts";
import { getRevision, listRevisions, restoreRevision } from "../domain/documents/revisions.ts";
import { contextFor, type Deps } from "./deps.ts";
import { unwrap } from "./errors.ts";
import { failing } from "./failing.ts";

type Handlers = Pick<
  ServiceImpl<typeof DocumentService>,
  | "getRevision"
  | "listRevisions"
  | "restoreRevision"
  | "createUpload"
  | "getUpload"
  | "uploadContent"
  | "cancelUpload"
  | "downloadContent"
>;

/** The RPCs about content: revisions, uploads, downloads. */
export function contentHandlers(deps: Deps): Handlers {
  const { store, platform, callerOf, news } = deps;
  return {
    async getRevision({ documentId, revisionId }, call) {
      const { partnerId } = callerOf(call);
      const outcome = await store.readOne(partnerId, (view) => getRevision(view, documentId, revisionId));
      return { revision: unwrap(outcome) };
    },

    async listRevisions(request, call) {
      return unwrap(await listRevisions(store, platform, callerOf(call).partnerId, request));
    },

    async restoreRevision(request, call) {
      const context = contextFor(deps, call);
      const outcome = await store.write(context.partnerId, (unit) => restoreRevision(unit, context, request));
      return { document: unwrap(outcome) };
    },

    async createUpload(request, call) {
      const context = contextFor(deps, call);
      const outcome = await store.write(context.partnerId, (unit) => createUpload(unit, context, request));
      return { upload: unwrap(outcome) };
    },

    async getUpload({ uploadId }, call) {
      const now = platform.clock.now();
      const outcome = await store.readOne(callerOf(call).partnerId, (view) => getUpload(view, uploadId, now));
      return { upload: unwrap(outcome) };
    },

    async uploadContent(requests, call) {
      const { upload, revision } = unwrap(
        await receiveContent(store, news, contextFor(deps, call), requests),
      );
      return revision === undefined ? { upload } : { upload, revision };
    },

    async cancelUpload({ uploadId }, call) {
      const context = contextFor(deps, call);
      const outcome = await store.write(context.partnerId, (unit) => cancelUpload(unit, context, uploadId));
      return { upload: unwrap(outcome) };
    },

    async *downloadContent(request, call) {
      const sent = failing(sendContent(store, platform, callerOf(call).partnerId, request));
      for await (const value of sent) {
        yield {
          message:
            value.$typeName === "partner.document.v1.Chunk"
              ? { case: "chunk" as const, value }
              : { case: "header" as const, value },
        };
      }
    },
  };
}
