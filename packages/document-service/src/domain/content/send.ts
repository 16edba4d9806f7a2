import { create } from "@bufbuild/protobuf";
import {
  type DownloadContentRequest,
  type DownloadHeader,
  DownloadHeaderSchema,
} from "@partner/document/service/v1";
import { type Chunk, ChunkSchema, DigestAlgorithm, DocumentState } from "@partner/document/v1";
import type { Platform } from "../context.ts";
import { sizes } from "../limits.ts";
import { done, type Failure, failed, notFound, type Outcome, wrongState } from "../outcome.ts";
import type { Store, StoredRevision, View } from "../store.ts";

/** What is sent of a content, and where it is stored. */
interface Download {
  readonly header: DownloadHeader;
  readonly contentId: string;
  readonly from: number;
  readonly to: number;
}

/** Sends the content of a revision, or a range of it. Returns the failure if there is one. */
export async function* sendContent(
  store: Store,
  platform: Platform,
  partnerId: string,
  request: DownloadContentRequest,
): AsyncGenerator<DownloadHeader | Chunk, Failure | undefined> {
  const planned = await store.read(partnerId, (view) => plan(view, request));
  if (!planned.ok) {
    return planned.failure;
  }
  const { header, contentId, from, to } = planned.value;
  yield header;
  let position = from;
  while (position < to) {
    const stored = await store.readOne(partnerId, (view) => view.chunkAt(contentId, position));
    if (stored === undefined) {
      // Content never changes: it is there or its document was purged.
      return notFound("document", request.documentId).failure;
    }
    const end = Math.min(stored.position + stored.data.length, to);
    while (position < end) {
      const start = position - stored.position;
      const next = Math.min(position + sizes.sentChunk, end);
      const data = stored.data.subarray(start, start + next - position);
      const hasher = platform.sha256();
      hasher.update(data);
      const digest = { algorithm: DigestAlgorithm.SHA256, value: hasher.digest() };
      yield create(ChunkSchema, { offset: BigInt(position), data, digest });
      position = next;
    }
  }
  return undefined;
}

async function plan(
  view: View,
  { documentId, revisionId, offset, length }: DownloadContentRequest,
): Promise<Outcome<Download>> {
  const document = (await view.document(documentId))?.document;
  if (document === undefined) {
    return notFound("document", documentId);
  }
  if (document.state === DocumentState.DELETED) {
    return wrongState("the document is deleted: undelete it to read its content");
  }
  const { headRevision } = document;
  if (revisionId === "" && headRevision === undefined) {
    return wrongState("the document has no revision yet");
  }
  const id = revisionId === "" ? (headRevision?.revisionId ?? "") : revisionId;
  const stored = await view.revision(documentId, id);
  return stored === undefined ? notFound("revision", revisionId) : range(stored, offset, length);
}

function range(
  { revision, contentId }: StoredRevision,
  offset: bigint,
  length: bigint | undefined,
): Outcome<Download> {
  const rest = revision.sizeBytes - offset;
  if (rest < 0n) {
    const message = `the range starts at ${offset}, after the end: the content has ${revision.sizeBytes} bytes`;
    return failed({ kind: "out-of-range", message });
  }
  const sent = length === undefined || length > rest ? rest : length;
  const from = Number(offset);
  const header = create(DownloadHeaderSchema, { revision, length: sent });
  return done({ header, contentId, from, to: from + Number(sent) });
}
