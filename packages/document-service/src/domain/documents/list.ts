import { timestampMs } from "@bufbuild/protobuf/wkt";
import { DocumentOrder, type ListDocumentsRequest } from "@partner/document/service/v1";
import type { Document } from "@partner/document/v1";
import { currentPosition, formatCursor, type Position } from "../changes/cursor.ts";
import type { Platform } from "../context.ts";
import { canonicalFilter } from "../filter.ts";
import { fingerprint } from "../fingerprint.ts";
import { sizes } from "../limits.ts";
import { done, type Outcome } from "../outcome.ts";
import { formatPageToken, readPageToken } from "../page-token.ts";
import type { ListKey, Store } from "../store.ts";

/** One page of documents. */
export interface DocumentPage {
  readonly documents: Document[];
  readonly nextPageToken: string;
  readonly watchCursor: string;
}

/** Where a page begins, and where the changes were when the first page was read. */
interface Place {
  readonly key: ListKey;
  readonly start: Position;
}

/** Lists documents page by page. */
export async function listDocuments(
  store: Store,
  { clock }: Platform,
  partnerId: string,
  request: ListDocumentsRequest,
): Promise<Outcome<DocumentPage>> {
  const order = request.order === DocumentOrder.UNSPECIFIED ? DocumentOrder.CREATE_TIME_DESC : request.order;
  const list = await fingerprint(["documents", partnerId, order, canonicalFilter(request.filter)]);
  const token = readPageToken<Place>(request.pageToken, list, clock.now());
  if (!token.ok) {
    return token;
  }
  const limit = pageSize(request.pageSize);
  return await store.read(partnerId, async (view) => {
    const start = token.value?.start ?? (await currentPosition(view, clock.now()));
    const after = token.value?.key;
    const found = await view.list({ filter: request.filter, order, after, limit: limit + 1 });
    const documents = found.slice(0, limit);
    const last = documents.at(-1);
    const nextPageToken =
      found.length > limit && last !== undefined
        ? formatPageToken<Place>({ key: keyOf(order, last), start }, list, clock.now())
        : "";
    return done({ documents, nextPageToken, watchCursor: formatCursor(partnerId, start) });
  });
}

/** How many items a page has: what the request says, within bounds. */
export function pageSize(asked: number): number {
  return asked === 0 ? sizes.page : Math.min(asked, sizes.pageMax);
}

function keyOf(order: DocumentOrder, document: Document): ListKey {
  const { documentId, title, createTime, updateTime } = document;
  if (order === DocumentOrder.TITLE_ASC) {
    return { value: title, documentId };
  }
  const time = order === DocumentOrder.UPDATE_TIME_DESC ? updateTime : createTime;
  return { value: time === undefined ? 0 : timestampMs(time), documentId };
}
