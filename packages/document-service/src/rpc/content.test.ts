import { randomUUID } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Upload, UploadState } from "@partner/document/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import {
  addContent,
  addDocument,
  addUpload,
  bytesOf,
  chunkOf,
  finishOf,
  readContent,
  sha256Of,
  startOf,
  streamOf,
} from "../testing/content.ts";
import { openHarness } from "../testing/harness.ts";
import { createMessages, serveReplica } from "../testing/real-server.ts";

const hour = 60 * 60 * 1000;
const mebibyte = 1024 * 1024;

eachStore("content", (store) => {
  it("goes up in chunks of any size and comes down byte for byte, whole and in ranges", async () => {
    const { client, db } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const data = bytesOf(3 * mebibyte + 12_345);
    const { upload, revision } = await addContent(client, documentId, data, 100_000);
    expect(upload).toMatchObject({ state: UploadState.COMMITTED, revisionId: revision?.revisionId });
    expect(revision).toMatchObject({ number: 1n, sizeBytes: BigInt(data.length), digest: sha256Of(data) });
    const rows = await db.readOne((tx) => tx.selectFrom("content_chunk").select("data").execute());
    expect(rows.length).toBe(4);
    expect(Math.max(...rows.map((row) => row.data.length))).toBeLessThanOrEqual(mebibyte);

    for (const [offset, length] of [
      [0, undefined],
      [1_048_575, 2],
      [1_048_576, 1],
      [data.length - 1, 5],
      [data.length, undefined],
      [7, 2 * mebibyte],
    ] as const) {
      const range = { offset: BigInt(offset), ...(length === undefined ? {} : { length: BigInt(length) }) };
      const { header, chunks } = await readContent(client, { documentId, ...range });
      const expected = data.subarray(offset, length === undefined ? undefined : offset + length);
      expect(header).toMatchObject({ length: BigInt(expected.length), revision });
      let position = offset;
      for (const chunk of chunks) {
        expect(Number(chunk.offset)).toBe(position);
        expect(chunk.digest?.value).toEqual(sha256Of(chunk.data).value);
        position += chunk.data.length;
      }
      expect(Buffer.concat(chunks.map((chunk) => chunk.data)).equals(expected)).toBe(true);
    }
    const past = BigInt(data.length + 1);
    expect(await codeOf(readContent(client, { documentId, offset: past }))).toBe("OutOfRange");
    expect(await codeOf(readContent(client, { documentId, revisionId: randomUUID() }))).toBe("NotFound");
    await client.deleteDocument({ documentId });
    expect(await codeOf(readContent(client, { documentId }))).toBe("FailedPrecondition");
  });

  it("takes content of no bytes", async () => {
    const { client } = await openHarness(store);
    const { documentId } = await addDocument(client);
    expect(await codeOf(readContent(client, { documentId }))).toBe("FailedPrecondition");
    await addContent(client, documentId, new Uint8Array());
    const { header, chunks } = await readContent(client, { documentId });
    expect([header?.length, chunks]).toEqual([0n, []]);
  });

  it("goes on where it stopped, skips what it has, and answers a repeat after the commit", async () => {
    const { client, clock } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const data = bytesOf(250_000);
    const { uploadId } = await addUpload(client, documentId, BigInt(data.length));
    const part = (from: number, to: number) => chunkOf(data.subarray(from, to), from);
    clock.advance(hour);
    const { upload } = await client.uploadContent(streamOf(startOf(uploadId), part(0, 100_000)));
    expect(upload).toMatchObject({ receivedBytes: 100_000n, state: UploadState.ACTIVE });
    expect(timestampMs(upload?.expireTime as never)).toBe(clock.wallNow() + 24 * hour);
    // A stream that breaks keeps what arrived.
    const breaking = async function* () {
      yield startOf(uploadId);
      yield part(50_000, 150_000);
      throw new Error("the client is gone");
    };
    await expect(client.uploadContent(breaking())).rejects.toThrow();
    expect((await client.getUpload({ uploadId })).upload?.receivedBytes).toBe(150_000n);
    const gap = client.uploadContent(streamOf(startOf(uploadId), part(150_001, 200_000)));
    expect(await codeOf(gap)).toBe("OutOfRange");
    const whole = () =>
      client.uploadContent(
        streamOf(startOf(uploadId), part(0, 150_000), part(150_000, 250_000), finishOf(data)),
      );
    const { revision } = await whole();
    expect(revision?.number).toBe(1n);
    expect((await whole()).revision).toEqual(revision);
    expect((await client.listRevisions({ documentId })).revisions.length).toBe(1);
    const { chunks } = await readContent(client, { documentId });
    expect(Buffer.concat(chunks.map((chunk) => chunk.data)).equals(data)).toBe(true);
  });

  it("refuses what is out of order, too much, or broken", async () => {
    const { client } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const data = bytesOf(1000);
    const { uploadId } = await addUpload(client, documentId, 1000n);
    const send = (
      ...messages: Parameters<typeof client.uploadContent>[0] extends AsyncIterable<infer M> ? M[] : never
    ) => codeOf(client.uploadContent(streamOf(...messages)));
    const start = startOf(uploadId);
    expect(await send()).toBe("InvalidArgument");
    expect(await send(chunkOf(data, 0))).toBe("InvalidArgument");
    expect(await send(start, start)).toBe("InvalidArgument");
    expect(await send(start, chunkOf(data, 0), finishOf(data), start)).toBe("InvalidArgument");
    expect(await send(startOf(randomUUID()))).toBe("NotFound");
    expect(await send(start, chunkOf(bytesOf(1001), 0))).toBe("OutOfRange");
    // Out of order at the end, and yet what arrived before is kept.
    expect((await client.getUpload({ uploadId })).upload?.receivedBytes).toBe(1000n);
    expect(await send(start, finishOf(data.subarray(0, 999)))).toBe("FailedPrecondition");
    expect(await send(start, finishOf(bytesOf(1000, 2)))).toBe("DataLoss");
    expect((await client.getUpload({ uploadId })).upload?.receivedBytes).toBe(0n);
    const half = chunkOf(data.subarray(0, 500), 0);
    const broken = chunkOf(data.subarray(500), 500, sha256Of(bytesOf(1)));
    expect(await send(start, half, broken)).toBe("DataLoss");
    expect((await client.getUpload({ uploadId })).upload?.receivedBytes).toBe(500n);
    expect(await send(start, chunkOf(data.subarray(500), 500), finishOf(data, "stale"))).toBe("Aborted");
    const { document } = await client.getDocument({ documentId });
    expect(await send(start, finishOf(data, document?.etag))).toBe("OK");
    expect(await codeOf(client.cancelUpload({ uploadId }))).toBe("FailedPrecondition");
  });

  it("keeps to the quota, gives back what is cancelled, and bounds the active uploads", async () => {
    const { client, db } = await openHarness(store, { quota: { documents: 10, contentBytes: 1000 } });
    const { documentId } = await addDocument(client);
    expect(await codeOf(addUpload(client, documentId, 1001n))).toBe("ResourceExhausted");
    const { uploadId } = await addUpload(client, documentId);
    const send = (data: Uint8Array, id: string) =>
      codeOf(client.uploadContent(streamOf(startOf(id), chunkOf(data, 0))));
    expect(await send(bytesOf(1001), uploadId)).toBe("ResourceExhausted");
    expect(await send(bytesOf(1000), uploadId)).toBe("OK");
    const { upload } = await client.cancelUpload({ uploadId });
    expect(upload?.state).toBe(UploadState.CANCELLED);
    expect((await client.cancelUpload({ uploadId })).upload).toEqual(upload);
    expect(await send(bytesOf(1), uploadId)).toBe("FailedPrecondition");
    const [usage] = await db.readOne((tx) => tx.selectFrom("partner").selectAll().execute());
    expect(usage?.content_bytes).toBe(0);
    for (let count = 0; count < 20; count++) {
      await addUpload(client, documentId);
    }
    expect(await codeOf(addUpload(client, documentId))).toBe("ResourceExhausted");
  });

  it("expires an upload 24 hours after its last bytes, and forgets it a day later", async () => {
    const { client, clock, main, db } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const { uploadId } = await addUpload(client, documentId);
    clock.advance(23 * hour);
    await client.uploadContent(streamOf(startOf(uploadId), chunkOf(bytesOf(10), 0)));
    clock.advance(24 * hour);
    expect((await client.getUpload({ uploadId })).upload?.state).toBe(UploadState.EXPIRED);
    expect(await codeOf(client.uploadContent(streamOf(startOf(uploadId))))).toBe("FailedPrecondition");
    expect((await main.service.retain(AbortSignal.timeout(60_000))).expiredUploads).toBe(1);
    expect(await db.readOne((tx) => tx.selectFrom("content_chunk").select("data").execute())).toEqual([]);
    expect((await client.cancelUpload({ uploadId })).upload?.state).toBe(UploadState.EXPIRED);
    clock.advance(24 * hour);
    expect(await codeOf(client.getUpload({ uploadId }))).toBe("NotFound");
  });

  it("answers a repeat of CreateUpload with the same upload", async () => {
    const { client } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const idempotencyKey = randomUUID();
    const make = (fileName: string) =>
      client.createUpload({ upload: { documentId, mediaType: "text/plain", fileName }, idempotencyKey });
    const { upload } = await make("a.txt");
    expect((await make("a.txt")).upload).toEqual(upload);
    expect(await codeOf(make("b.txt"))).toBe("AlreadyExists");
  });

  it("ends a stream at once when another takes the upload over, also in another replica", async () => {
    const harness = await openHarness(store);
    const [here, there] = await Promise.all([
      serveReplica(harness.main),
      serveReplica(await harness.replica()),
    ]);
    const { documentId } = await addDocument(harness.client);
    const { uploadId } = await addUpload(harness.client, documentId);
    const data = bytesOf(100);
    const messages = createMessages<ReturnType<typeof startOf>>();
    const first = here(harness.caller).uploadContent(messages);
    messages.send(startOf(uploadId));
    // The first stream is open once it is counted; it stays silent from then on.
    await expect
      .poll(
        async () =>
          (await harness.db.readOne((tx) => tx.selectFrom("upload").select("epoch").execute()))[0]?.epoch,
      )
      .toBe(1);
    const second = there(harness.caller).uploadContent(
      streamOf(startOf(uploadId), chunkOf(data, 0), finishOf(data)),
    );
    expect(await codeOf(first)).toBe("Aborted");
    expect((await second).upload as Upload).toMatchObject({ state: UploadState.COMMITTED });
  });

  it("restores a revision without a copy of its content", async () => {
    const { client, db } = await openHarness(store);
    const { documentId } = await addDocument(client);
    const one = (await addContent(client, documentId, bytesOf(10, 1))).revision;
    const two = (await addContent(client, documentId, bytesOf(10, 2))).revision;
    expect.assert(one !== undefined && two !== undefined);
    const request = { documentId, revisionId: one.revisionId, comment: "back", idempotencyKey: randomUUID() };
    expect(await codeOf(client.restoreRevision({ ...request, etag: "stale" }))).toBe("Aborted");
    const { document } = await client.restoreRevision(request);
    expect(document?.headRevision).toMatchObject({
      number: 3n,
      digest: one.digest,
      restoredRevisionId: one.revisionId,
      comment: "back",
    });
    expect((await client.restoreRevision(request)).document).toEqual(document);
    expect(await codeOf(client.restoreRevision({ ...request, comment: "other" }))).toBe("AlreadyExists");
    const { chunks } = await readContent(client, { documentId });
    expect(chunks[0]?.data).toEqual(bytesOf(10, 1));
    const rows = await db.readOne((tx) => tx.selectFrom("content_chunk").select("data").execute());
    expect(rows.length).toBe(2);

    const listed = [];
    let pageToken = "";
    do {
      const page = await client.listRevisions({ documentId, pageSize: 2, pageToken });
      listed.push(...page.revisions.map(({ number }) => number));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(listed).toEqual([3n, 2n, 1n]);
    expect((await client.getRevision({ documentId })).revision).toEqual(document?.headRevision);
    expect((await client.getRevision({ documentId, revisionId: two.revisionId })).revision).toEqual(two);
    const other = (await addDocument(client)).documentId;
    const foreign = { documentId: other, revisionId: two.revisionId };
    expect(await codeOf(client.getRevision(foreign))).toBe("NotFound");
    expect(await codeOf(client.getRevision({ documentId: other }))).toBe("NotFound");
  });
});
