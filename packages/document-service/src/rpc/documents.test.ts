import { randomUUID } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { DocumentOrder } from "@partner/document/service/v1";
import { DocumentState } from "@partner/document/v1";
import { eachStore } from "@partner/storage/testing";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { addContent, addDocument, bytesOf } from "../testing/content.ts";
import { makeCaller, openHarness } from "../testing/harness.ts";

const day = 24 * 60 * 60 * 1000;

eachStore("documents", (store) => {
  it("creates a draft, once for each key", async () => {
    const { client, caller, clock } = await openHarness(store);
    const idempotencyKey = randomUUID();
    const document = { title: "One\u0000two", description: "d", labels: { b: "2\u0000", a: "1" } };
    const { document: created } = await client.createDocument({ document, idempotencyKey });
    expect.assert(created !== undefined);
    expect(created).toMatchObject({ ...document, partnerId: caller.partnerId, state: DocumentState.DRAFT });
    expect(created.creator?.kind).toEqual({ case: "serviceAccountId", value: caller.accountId });
    expect(created.createTime).toEqual(created.updateTime);
    expect(created.documentId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);

    // A repeat is answered with the document as it is now, whatever the client says in output-only fields.
    const { documentId } = created;
    await client.updateDocument({ document: { documentId, description: "new" } });
    const repeat = { document: { ...document, etag: "x", documentId: randomUUID() }, idempotencyKey };
    expect((await client.createDocument(repeat)).document).toMatchObject({ documentId, description: "new" });
    const other = { document: { ...document, title: "Other" }, idempotencyKey };
    expect(await codeOf(client.createDocument(other))).toBe("AlreadyExists");
    clock.advance(day);
    expect(await codeOf(client.createDocument(other))).toBe("OK");
    expect((await client.listDocuments({})).documents.length).toBe(2);
  });

  it("is created once by many repeats at the same time, in two replicas", async () => {
    const harness = await openHarness(store);
    const clients = [harness.client, (await harness.replica()).client(harness.caller)];
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        clients[index % 2]?.createDocument({ document: { title: "same" }, idempotencyKey }),
      ),
    );
    expect(new Set(answers.map((answer) => answer?.document?.documentId)).size).toBe(1);
    expect((await harness.client.listDocuments({})).documents.length).toBe(1);
  });

  it("keeps to the quota", async () => {
    const { client } = await openHarness(store, { quota: { documents: 1, contentBytes: 100 } });
    await addDocument(client);
    expect(await codeOf(addDocument(client))).toBe("ResourceExhausted");
  });

  it("updates what the mask names, or what is not empty", async () => {
    const { client, clock } = await openHarness(store);
    const { documentId, etag } = await addDocument(client, { description: "old", labels: { a: "1" } });
    clock.advance(1000);
    const update = async (fields: object, paths: string[]) =>
      (await client.updateDocument({ document: { documentId, ...fields }, updateMask: { paths } })).document;
    const first = await update({ title: "New" }, []);
    expect(first).toMatchObject({ title: "New", description: "old", labels: { a: "1" } });
    expect(first?.etag).not.toBe(etag);
    expect(timestampMs(first?.updateTime as never)).toBe(clock.wallNow());
    expect(await update({ title: "New" }, ["description", "labels"])).toMatchObject({
      description: "",
      labels: {},
    });
    expect(await update({ title: "All", labels: { b: "" } }, ["*"])).toMatchObject({ labels: { b: "" } });
    // What changes nothing keeps the etag.
    const last = await update({ title: "All" }, ["title"]);
    expect((await update({ title: "All" }, ["title"]))?.etag).toBe(last?.etag);
    expect(await codeOf(update({}, ["title"]))).toBe("InvalidArgument");
    expect(await codeOf(update({ etag, title: "x" }, []))).toBe("Aborted");
    expect(await codeOf(client.updateDocument({ document: { documentId: randomUUID(), title: "x" } }))).toBe(
      "NotFound",
    );
  });

  it("goes through its life, and says no where the proto does", async () => {
    const { client } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const stale = { documentId, etag: "stale" };
    expect(await codeOf(client.publishDocument({ documentId }))).toBe("FailedPrecondition");
    expect(await codeOf(client.archiveDocument({ documentId }))).toBe("FailedPrecondition");
    expect(await codeOf(client.unarchiveDocument({ documentId }))).toBe("FailedPrecondition");
    await addContent(client, documentId, bytesOf(10));
    expect(await codeOf(client.publishDocument(stale))).toBe("Aborted");
    const { document: published } = await client.publishDocument({ documentId });
    expect(published?.state).toBe(DocumentState.PUBLISHED);
    expect((await client.publishDocument(stale)).document).toEqual(published);
    expect((await client.unarchiveDocument(stale)).document).toEqual(published);
    expect((await client.undeleteDocument(stale)).document).toEqual(published);
    const { document: archived } = await client.archiveDocument({ documentId });
    expect((await client.archiveDocument(stale)).document).toEqual(archived);
    expect(await codeOf(client.updateDocument({ document: { documentId, title: "x" } }))).toBe(
      "FailedPrecondition",
    );
    expect(await codeOf(client.publishDocument({ documentId }))).toBe("FailedPrecondition");
    expect(await codeOf(client.deleteDocument(stale))).toBe("Aborted");
    const { document: deleted } = await client.deleteDocument({ documentId });
    expect(deleted?.state).toBe(DocumentState.DELETED);
    expect(timestampMs(deleted?.purgeTime as never) - timestampMs(deleted?.deleteTime as never)).toBe(
      30 * day,
    );
    expect((await client.deleteDocument(stale)).document).toEqual(deleted);
    for (const refused of [client.publishDocument, client.archiveDocument, client.unarchiveDocument]) {
      expect(await codeOf(refused({ documentId }))).toBe("FailedPrecondition");
    }
    expect((await client.listDocuments({})).documents).toEqual([]);
    const { document: back } = await client.undeleteDocument({ documentId });
    expect(back).toMatchObject({ state: DocumentState.ARCHIVED });
    expect(back?.purgeTime).toBeUndefined();
    expect((await client.unarchiveDocument({ documentId })).document?.state).toBe(DocumentState.PUBLISHED);
    expect((await client.getDocument({ documentId })).document?.state).toBe(DocumentState.PUBLISHED);
  });

  it("reads and deletes in batches, all or none", async () => {
    const { client } = await openHarness(store);
    const ids = [];
    for (const title of ["a", "b", "c"]) {
      ids.push((await addDocument(client, { title })).documentId);
    }
    const [a = "", b = "", c = ""] = ids;
    const missing = randomUUID();
    const got = await client.batchGetDocuments({ documentIds: [c, missing, a] });
    expect(got.documents.map(({ title }) => title)).toEqual(["c", "a"]);
    expect(got.missingDocumentIds).toEqual([missing]);
    await client.deleteDocument({ documentId: b });
    const failed = await client.batchDeleteDocuments({ documentIds: [a, missing] }).catch(ConnectError.from);
    expect(failed).toMatchObject({ code: Code.NotFound, rawMessage: expect.stringContaining(missing) });
    expect((await client.getDocument({ documentId: a })).document?.state).toBe(DocumentState.DRAFT);
    const { documents } = await client.batchDeleteDocuments({ documentIds: [c, b, a] });
    expect(documents.map(({ title, state }) => [title, state])).toEqual(
      ["c", "b", "a"].map((title) => [title, DocumentState.DELETED]),
    );
  });

  it("answers a page token of another list, of another partner, or too old with its violation", async () => {
    const harness = await openHarness(store);
    const { client, clock } = harness;
    await addDocument(client);
    await addDocument(client);
    const request = { pageSize: 1, filter: { titleContains: "title" } };
    const { nextPageToken: pageToken } = await client.listDocuments(request);
    expect(pageToken).not.toBe("");
    expect((await client.listDocuments({ ...request, pageToken, pageSize: 7 })).documents.length).toBe(1);
    const stranger = harness.main.client(makeCaller());
    for (const bad of [
      () => client.listDocuments({ ...request, pageToken, filter: { titleContains: "other" } }),
      () => client.listDocuments({ ...request, pageToken, order: DocumentOrder.TITLE_ASC }),
      () => client.listDocuments({ ...request, pageToken: "rubbish" }),
      () => stranger.listDocuments({ ...request, pageToken }),
    ]) {
      const error = ConnectError.from(await bad().catch((reason: unknown) => reason));
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.findDetails(ViolationsSchema)[0]?.violations[0]?.field?.elements[0]?.fieldName).toBe(
        "page_token",
      );
    }
    clock.advance(day);
    expect(await codeOf(client.listDocuments({ ...request, pageToken }))).toBe("InvalidArgument");
  });

  it("gives tokens of at most 1,024 characters, also for the longest titles", async () => {
    const { client } = await openHarness(store);
    const title = "😀".repeat(200);
    await addDocument(client, { title });
    await addDocument(client, { title: `${"\u0001".repeat(100)}${'"'.repeat(100)}` });
    await addDocument(client, { title });
    const request = { order: DocumentOrder.TITLE_ASC, pageSize: 1 };
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await client.listDocuments({ ...request, pageToken });
      pageToken = page.nextPageToken;
      seen.push(...page.documents.map((document) => document.documentId));
    } while (pageToken !== "");
    expect(new Set(seen).size).toBe(3);
    expect(seen.length).toBe(3);
  });

  describe("retention", () => {
    it("purges deleted documents after 30 days, with their content", async () => {
      const { client, clock, main, db } = await openHarness(store);
      const { documentId } = await addDocument(client);
      await addContent(client, documentId, bytesOf(10));
      const kept = await addDocument(client);
      await client.deleteDocument({ documentId });
      clock.advance(30 * day - 1);
      const none = await main.service.retain(AbortSignal.timeout(60_000));
      expect(none.purgedDocuments).toBe(0);
      clock.advance(1);
      const { watchCursor: cursor } = await client.listDocuments({});
      expect((await main.service.retain(AbortSignal.timeout(60_000))).purgedDocuments).toBe(1);
      expect(await codeOf(client.getDocument({ documentId }))).toBe("NotFound");
      expect(await codeOf(client.undeleteDocument({ documentId }))).toBe("NotFound");
      expect((await client.listDocuments({})).documents.map((one) => one.documentId)).toEqual([
        kept.documentId,
      ]);
      for await (const { message } of client.watchDocuments({ cursor })) {
        expect(message).toMatchObject({ case: "event", value: { documentId, change: { case: "purged" } } });
        break;
      }
      const rows = await db.readOne((tx) => tx.selectFrom("content_chunk").selectAll().execute());
      expect(rows).toEqual([]);
      const [usage] = await db.readOne((tx) => tx.selectFrom("partner").selectAll().execute());
      expect(usage).toMatchObject({ documents: 1, content_bytes: 0 });
    });
  });
});
