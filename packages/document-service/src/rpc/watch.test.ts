import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { WatchDocumentsResponse } from "@partner/document/service/v1";
import { DocumentState } from "@partner/document/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { addContent, addDocument, bytesOf } from "../testing/content.ts";
import { openHarness } from "../testing/harness.ts";
import { serveReplica } from "../testing/real-server.ts";

const day = 24 * 60 * 60 * 1000;

/** Reads a stream up to its first heartbeat. */
async function untilHeartbeat(stream: AsyncIterable<WatchDocumentsResponse>) {
  const events = [];
  for await (const { cursor, message } of stream) {
    if (message.case === "heartbeat") {
      return { events, cursor };
    }
    if (message.case === "event") {
      events.push(message.value);
    }
  }
  throw new Error("the stream ended before it had caught up");
}

eachStore("watch", (store) => {
  it("tells of each change with the document right after it", async () => {
    const { client, caller } = await openHarness(store);
    const { cursor: start } = await untilHeartbeat(client.watchDocuments({}));
    const { documentId } = await addDocument(client, { title: "One" });
    await client.updateDocument({ document: { documentId, title: "Two", labels: { a: "1" } } });
    await client.updateDocument({ document: { documentId, title: "Two" } });
    await addContent(client, documentId, bytesOf(3));
    await client.publishDocument({ documentId });
    await client.archiveDocument({ documentId });
    await client.unarchiveDocument({ documentId });
    await client.deleteDocument({ documentId });
    await client.undeleteDocument({ documentId });
    const { events, cursor } = await untilHeartbeat(client.watchDocuments({ cursor: start }));
    expect(events.map(({ change }) => change.case)).toEqual([
      ...["created", "updated", "revised", "published", "archived", "unarchived", "deleted", "undeleted"],
    ]);
    expect(events.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(8);
    expect(events[1]).toMatchObject({
      partnerId: caller.partnerId,
      documentId,
      document: { title: "Two", etag: expect.any(String) },
      change: { value: { changedFields: { paths: ["title", "labels"] } } },
      actor: { kind: { case: "serviceAccountId", value: caller.accountId } },
    });
    expect(events[6]?.change.value).toMatchObject({ previousState: DocumentState.PUBLISHED });
    expect(events.at(-1)?.document).toEqual((await client.getDocument({ documentId })).document);
    expect((await untilHeartbeat(client.watchDocuments({ cursor }))).events).toEqual([]);
  });

  it("shows documents come and leave, and moves the cursor past what the filter keeps back", async () => {
    const { client } = await openHarness(store);
    const { watchCursor } = await client.listDocuments({});
    const { documentId } = await addDocument(client, { labels: { a: "1" } });
    await addDocument(client);
    await client.updateDocument({ document: { documentId, labels: { a: "2" } } });
    await client.updateDocument({ document: { documentId, title: "unseen" } });
    for (let count = 0; count < 250; count++) {
      await client.updateDocument({ document: { documentId, title: `unseen ${count}` } });
    }
    const filter = { labels: { a: "1" } };
    const { events, cursor } = await untilHeartbeat(client.watchDocuments({ cursor: watchCursor, filter }));
    expect(events.map(({ change }) => change.case)).toEqual(["created", "updated"]);
    // The filter may differ the next time.
    await client.deleteDocument({ documentId });
    const rest = await untilHeartbeat(client.watchDocuments({ cursor }));
    expect(rest.events.map(({ change }) => change.case)).toEqual(["deleted"]);
  });

  it("refuses a cursor after 7 days, and never skips what was dropped", async () => {
    const { client, clock, main } = await openHarness(store);
    const { watchCursor: cursor } = await client.listDocuments({});
    await addDocument(client);
    clock.advance(7 * day - 1);
    expect((await untilHeartbeat(client.watchDocuments({ cursor }))).events.length).toBe(1);
    clock.advance(1);
    expect(await codeOf(untilHeartbeat(client.watchDocuments({ cursor })))).toBe("OutOfRange");
    // The clock went back after a round of retention: the age alone would let the cursor pass.
    clock.advance(day + 1);
    await main.service.retain(AbortSignal.timeout(60_000));
    clock.stepWall(-3 * day);
    expect(await codeOf(untilHeartbeat(client.watchDocuments({ cursor })))).toBe("OutOfRange");
    expect(await codeOf(untilHeartbeat(client.watchDocuments({ cursor: "rubbish" })))).toBe(
      "InvalidArgument",
    );
  });

  it("sends a heartbeat after each silence, with a cursor that stays young", async () => {
    const { client, clock } = await openHarness(store);
    const stream = client.watchDocuments({ heartbeatInterval: { seconds: 2n } })[Symbol.asyncIterator]();
    const first = (await stream.next()).value;
    const next = stream.next();
    // Asleep: the poll of the store, and the heartbeat.
    await clock.untilSleeping(2);
    clock.advance(2000);
    const { message, cursor } = (await next).value as WatchDocumentsResponse;
    expect(message).toMatchObject({
      case: "heartbeat",
      value: { sendTime: timestampFromMs(clock.wallNow()) },
    });
    expect(cursor).not.toBe(first.cursor);
    await stream.return?.();
  });

  it("ends with RESOURCE_EXHAUSTED when a receiver takes too long for a message", async () => {
    const { client, clock } = await openHarness(store);
    const { watchCursor: cursor } = await client.listDocuments({});
    await addDocument(client);
    await addDocument(client);
    // Nobody pulls here but the reader, so the time passes between two messages.
    const stream = client.watchDocuments({ cursor })[Symbol.asyncIterator]();
    const first = (await stream.next()).value as WatchDocumentsResponse;
    clock.advance(60_000);
    const rest = async () => {
      for (;;) {
        const { value, done } = await stream.next();
        if (done || value.message.case === "heartbeat") {
          return;
        }
      }
    };
    expect(await codeOf(rest())).toBe("ResourceExhausted");
    const { events } = await untilHeartbeat(client.watchDocuments({ cursor: first.cursor }));
    expect(events.length).toBe(1);
  });

  it("wakes watchers of another replica", async () => {
    const harness = await openHarness(store);
    const clientOf = await serveReplica(await harness.replica());
    const stream = clientOf(harness.caller).watchDocuments({})[Symbol.asyncIterator]();
    expect((await stream.next()).value.message.case).toBe("heartbeat");
    const next = stream.next();
    const { documentId } = await addDocument(harness.client);
    // The time stands still: neither poll nor heartbeat, but the hint wakes it.
    expect((await next).value.message).toMatchObject({ case: "event", value: { documentId } });
    await stream.return?.();
  });

  it("finds changes by polling when the hint is lost", async () => {
    const harness = await openHarness(store);
    const { client, clock, db, caller } = harness;
    const stream = client.watchDocuments({})[Symbol.asyncIterator]();
    await stream.next();
    const next = stream.next();
    await clock.untilSleeping(2);
    const { documentId } = await addDocument(client);
    expect((await next).value.message.value).toMatchObject({ documentId });
    const silent = stream.next();
    await clock.untilSleeping(2);
    // What another process wrote whose hint never came.
    await db.write(async (tx) => {
      const row = await tx.selectFrom("document_change").selectAll().executeTakeFirstOrThrow();
      await tx
        .insertInto("document_change")
        .values({ ...row, sequence: 2 })
        .execute();
      await tx
        .updateTable("partner")
        .set({ sequence: 2, pulse: 100 })
        .where("partner_id", "=", caller.partnerId)
        .execute();
    });
    clock.advance(1000);
    expect((await silent).value.message.case).toBe("event");
    await stream.return?.();
  });
});
