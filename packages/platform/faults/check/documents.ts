import { createHash } from "node:crypto";
import { equals, fromBinary } from "@bufbuild/protobuf";
import {
  type DocumentEvent,
  DocumentEventSchema,
  DocumentSchema,
  RevisionSchema,
  UploadSchema,
  UploadState,
} from "@partner/document/v1";
import { bytes, groupBy, type Inspection, integer, type Row, text } from "./rows.ts";

/** What is in the database of a document service, and what of it does not fit together. */
export interface DocumentsReport {
  readonly problems: readonly string[];
  /** By `partner/sequence`. */
  readonly events: ReadonlyMap<string, DocumentEvent>;
  /** Received bytes by upload. */
  readonly uploads: ReadonlyMap<string, { received: number; state: UploadState; revisionId: string }>;
  /** Digests, in hexadecimal, of contents read back, by revision. */
  readonly revisions: ReadonlyMap<string, string>;
  readonly documents: number;
}

/** Checks all that one transaction writes together: nothing may be there by half. */
export async function checkDocuments(db: Inspection): Promise<DocumentsReport> {
  const problems: string[] = [];
  const wrong = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) {
      problems.push(`${what}: ${String(found)}, not ${String(expected)}`);
    }
  };
  const documents = await db.all("select * from document");
  const changes = await db.all("select * from document_change order by partner_id, sequence");
  const chunks = groupBy(
    await db.all("select * from content_chunk order by content_id, position"),
    "content_id",
  );
  const events = new Map<string, DocumentEvent>();
  const latest = new Map<string, DocumentEvent>();

  for (const row of changes) {
    const event = fromBinary(DocumentEventSchema, bytes(row, "event"));
    wrong("the sequence in an event", event.sequence, BigInt(integer(row, "sequence")));
    events.set(`${text(row, "partner_id")}/${event.sequence}`, event);
    latest.set(event.documentId, event);
  }
  for (const partner of await db.all("select * from partner")) {
    const id = text(partner, "partner_id");
    const own = (rows: readonly Row[]): Row[] => rows.filter((row) => row.partner_id === id);
    const sequences = own(changes).map((row) => integer(row, "sequence"));
    wrong(`partner ${id}: its last sequence`, integer(partner, "sequence"), sequences.at(-1) ?? 0);
    wrong(`partner ${id}: changes without gaps`, sequences.length, sequences.at(-1) ?? 0);
    wrong(`partner ${id}: its count of documents`, integer(partner, "documents"), own(documents).length);
    const stored = own([...chunks.values()].flat()).reduce((sum, row) => sum + bytes(row, "data").length, 0);
    wrong(`partner ${id}: its count of bytes`, integer(partner, "content_bytes"), stored);
  }
  for (const row of documents) {
    const document = fromBinary(DocumentSchema, bytes(row, "body"));
    const told = latest.get(document.documentId)?.document;
    if (told === undefined || !equals(DocumentSchema, document, told)) {
      problems.push(`document ${document.documentId} is not what its last event tells`);
    }
  }

  const contents = new Map([...chunks].map(([id, rows]) => [id, join(id, rows, problems)]));
  const uploads = await checkUploads(db, contents, wrong);
  const revisions = await checkRevisions(db, contents, latest, problems);
  const known = new Set([
    ...uploads.keys(),
    ...(await db.all("select content_id from revision")).map((row) => text(row, "content_id")),
  ]);
  for (const id of contents.keys()) {
    wrong(`the content ${id} belongs to something`, known.has(id), true);
  }
  const keys = await db.all("select * from idempotency_key where operation = 'CreateDocument'");
  const made = new Set(documents.map((row) => text(row, "document_id")));
  for (const key of keys) {
    wrong("what an idempotency key stands for exists", made.has(text(key, "resource_id")), true);
  }
  return { problems, events, uploads, revisions, documents: documents.length };
}

function join(id: string, rows: readonly Row[], problems: string[]): Buffer {
  let end = 0;
  for (const row of rows) {
    if (integer(row, "position") !== end) {
      problems.push(`content ${id} has a gap at ${end}`);
    }
    end = integer(row, "position") + bytes(row, "data").length;
  }
  return Buffer.concat(rows.map((row) => bytes(row, "data")));
}

async function checkUploads(
  db: Inspection,
  contents: ReadonlyMap<string, Buffer>,
  wrong: (what: string, found: unknown, expected: unknown) => void,
): Promise<DocumentsReport["uploads"]> {
  const uploads = new Map<string, { received: number; state: UploadState; revisionId: string }>();
  const made = new Set(
    (await db.all("select revision_id from revision")).map((row) => text(row, "revision_id")),
  );
  for (const row of await db.all("select * from upload")) {
    const upload = fromBinary(UploadSchema, bytes(row, "body"));
    const received = Number(upload.receivedBytes);
    wrong(`upload ${upload.uploadId}: its bytes`, contents.get(upload.uploadId)?.length ?? 0, received);
    wrong(`upload ${upload.uploadId}: its state`, integer(row, "state"), upload.state);
    if (upload.state === UploadState.COMMITTED) {
      wrong(`upload ${upload.uploadId}: its revision exists`, made.has(upload.revisionId), true);
    }
    uploads.set(upload.uploadId, { received, state: upload.state, revisionId: upload.revisionId });
  }
  return uploads;
}

async function checkRevisions(
  db: Inspection,
  contents: ReadonlyMap<string, Buffer>,
  latest: ReadonlyMap<string, DocumentEvent>,
  problems: string[],
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const rows = groupBy(await db.all("select * from revision order by document_id, number"), "document_id");
  for (const [documentId, ofDocument] of rows) {
    for (const [index, row] of ofDocument.entries()) {
      const revision = fromBinary(RevisionSchema, bytes(row, "body"));
      const content = contents.get(text(row, "content_id")) ?? Buffer.alloc(0);
      const digest = createHash("sha256").update(content).digest("hex");
      digests.set(revision.revisionId, digest);
      const stated = Buffer.from(revision.digest?.value ?? []).toString("hex");
      if (digest !== stated || content.length !== Number(revision.sizeBytes)) {
        problems.push(`revision ${revision.revisionId}: ${content.length} bytes with another digest`);
      }
      if (integer(row, "number") !== index + 1) {
        problems.push(`document ${documentId}: revision ${index + 1} is missing`);
      }
    }
    const head = latest.get(documentId)?.document?.headRevision?.revisionId;
    if (head !== text(ofDocument.at(-1) as Row, "revision_id")) {
      problems.push(`document ${documentId}: its head is not its newest revision`);
    }
  }
  return digests;
}
