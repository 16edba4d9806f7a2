import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Document, DocumentSchema, DocumentState } from "@partner/document/v1";

export const title = "Quarterly report, third revision";
export const description = "What was sold, to whom, and what came back. ".repeat(3);
export const labels = { department: "sales", quarter: "2026-q3" };

/** A document like those that the cases create, for servers without a store. */
export const document: Document = create(DocumentSchema, {
  documentId: "00000000-0000-7000-8000-000000000003",
  partnerId: "00000000-0000-7000-8000-000000000001",
  title,
  description,
  labels,
  state: DocumentState.DRAFT,
  etag: "1",
  createTime: timestampFromMs(1_790_000_000_000),
  updateTime: timestampFromMs(1_790_000_000_000),
  creator: { kind: { case: "serviceAccountId", value: "00000000-0000-7000-8000-000000000002" } },
  updater: { kind: { case: "serviceAccountId", value: "00000000-0000-7000-8000-000000000002" } },
});
