import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DocumentFilterSchema } from "@partner/document/service/v1";
import { type Document, DocumentEventSchema, DocumentSchema, DocumentState } from "@partner/document/v1";
import { describe, expect, it } from "vitest";
import { describeEvent, matches, withDocument, withEvent, withPage } from "./document-list.ts";

const any = create(DocumentFilterSchema);

/** A document whose id is its title's. */
function makeDocument(
  title: string,
  createdAt: number,
  more: { updatedAt?: number; state?: DocumentState } = {},
) {
  return create(DocumentSchema, {
    documentId: title.toLowerCase(),
    title,
    state: more.state ?? DocumentState.DRAFT,
    labels: { project: "apollo" },
    createTime: timestampFromMs(createdAt),
    updateTime: timestampFromMs(more.updatedAt ?? createdAt),
  });
}

const listOf = (documents: Document[], nextPageToken = "") => ({ documents, nextPageToken });
const titles = ({ documents }: { documents: readonly Document[] }) => documents.map(({ title }) => title);

describe("matches", () => {
  const deleted = makeDocument("Gone", 1, { state: DocumentState.DELETED });
  const draft = makeDocument("Engine NOTES", 1);
  it.each([
    ["any", {}, draft, true],
    ["any, deleted", {}, deleted, false],
    ["deleted ones", { states: [DocumentState.DELETED] }, deleted, true],
    ["published ones", { states: [DocumentState.PUBLISHED] }, draft, false],
    ["a part of the title in another case", { titleContains: "notes" }, draft, true],
    ["another title", { titleContains: "minutes" }, draft, false],
    ["a label", { labels: { project: "apollo" } }, draft, true],
    ["another value", { labels: { project: "gemini" } }, draft, false],
    ["a label that objects have by nature", { labels: { constructor: "" } }, draft, false],
  ])("%s", (_, filter, document, expected) => {
    expect(matches(create(DocumentFilterSchema, filter), document)).toBe(expected);
  });
});

describe("withDocument", () => {
  const list = listOf([makeDocument("C", 30), makeDocument("B", 20), makeDocument("A", 10)]);

  it("puts a new document where it belongs by its age, and equals by id", () => {
    expect(titles(withDocument(list, any, makeDocument("New", 40)))).toEqual(["New", "C", "B", "A"]);
    expect(titles(withDocument(list, any, makeDocument("Between", 15)))).toEqual(["C", "B", "Between", "A"]);
    expect(titles(withDocument(list, any, makeDocument("B2", 20)))).toEqual(["C", "B", "B2", "A"]);
    expect(titles(withDocument(list, any, makeDocument("Old", 1)))).toEqual(["C", "B", "A", "Old"]);
  });

  it("leaves one that is older than all shown to its page", () => {
    const open = listOf([...list.documents], "more");
    expect(withDocument(open, any, makeDocument("Old", 1))).toBe(open);
  });

  it("replaces a document by a newer state of it, never by an older one", () => {
    const newer = { ...makeDocument("B", 20, { updatedAt: 25 }), title: "B renamed" };
    const changed = withDocument(list, any, newer);
    expect(titles(changed)).toEqual(["C", "B renamed", "A"]);
    expect(withDocument(changed, any, makeDocument("B", 20))).toBe(changed);
  });

  it("takes out a document that does not match any more", () => {
    const gone = makeDocument("B", 20, { updatedAt: 25, state: DocumentState.DELETED });
    expect(titles(withDocument(list, any, gone))).toEqual(["C", "A"]);
  });
});

it("takes out a document that was purged", () => {
  const event = create(DocumentEventSchema, { documentId: "a", change: { case: "purged", value: {} } });
  expect(titles(withEvent(listOf([makeDocument("A", 1)]), any, event))).toEqual([]);
  expect(describeEvent(event, "A")).toBe("“A” was removed for good");
});

it("tells of a change of a kind that it does not know", () => {
  const event = create(DocumentEventSchema, { documentId: "a", document: makeDocument("A", 1) });
  expect(describeEvent(event, "before")).toBe("“A” was changed");
});

it("adds a page without what is shown already", () => {
  const list = listOf([makeDocument("B", 2), makeDocument("A", 1)], "token");
  const page = withPage(list, listOf([makeDocument("A", 1), makeDocument("Z", 0)]));
  expect([titles(page), page.nextPageToken]).toEqual([["B", "A", "Z"], ""]);
});
