import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type DocumentService,
  type SyncDocumentsRequestSchema,
  type SyncDocumentsResponse,
  type SyncMutationSchema,
  SyncRejectionReason,
} from "@partner/document/service/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { addDocument, streamOf } from "../testing/content.ts";
import { openHarness } from "../testing/harness.ts";
import { createMessages, serveReplica } from "../testing/real-server.ts";

type Message = MessageInitShape<typeof SyncDocumentsRequestSchema>;
type Operation = MessageInitShape<typeof SyncMutationSchema>["operation"];

const startOf = (clientId: string, cursor = ""): Message => ({
  message: { case: "start", value: { clientId, cursor } },
});
const mutationOf = (operation: Operation, mutationId: string = randomUUID()): Message => ({
  message: { case: "mutation", value: { mutationId, ...(operation === undefined ? {} : { operation }) } },
});
const creating = (title: string): Operation => ({ case: "create", value: { document: { title } } });

async function all(stream: AsyncIterable<SyncDocumentsResponse>) {
  const messages = [];
  for await (const message of stream) {
    messages.push(message);
  }
  return messages;
}

const resultsOf = (messages: SyncDocumentsResponse[]) =>
  messages.flatMap(({ message }) => (message.case === "result" ? [message.value] : []));
const codeOfSync = (client: Client<typeof DocumentService>, ...messages: Message[]) =>
  codeOf(all(client.syncDocuments(streamOf(...messages))));

eachStore("sync", (store) => {
  it("answers each mutation in order, whatever becomes of it, and ends with OK", async () => {
    const { client } = await openHarness(store, { quota: { documents: 2, contentBytes: 1 } });
    const { documentId, etag } = await addDocument(client, { title: "Old" });
    const update = (fields: object): Operation => ({
      case: "update",
      value: { document: { documentId, ...fields } },
    });
    const messages = [
      mutationOf(creating("New")),
      mutationOf(creating("One too many")),
      mutationOf(creating("")),
      mutationOf(update({ title: "x".repeat(201) })),
      mutationOf(update({ title: "First", etag })),
      mutationOf(update({ title: "Second", etag })),
      mutationOf({ case: "delete", value: { documentId: randomUUID() } }),
      mutationOf({ case: "delete", value: { documentId } }),
      mutationOf(update({ title: "Third" })),
      mutationOf({ case: "undelete", value: { documentId } }),
    ];
    const clientId = randomUUID();
    const first = resultsOf(await all(client.syncDocuments(streamOf(startOf(clientId), ...messages))));
    expect(first.map(({ mutationId }) => mutationId)).toEqual(
      messages.map(({ message }) => message?.case === "mutation" && message.value.mutationId),
    );
    const { QUOTA, INVALID, NOT_FOUND, WRONG_STATE } = SyncRejectionReason;
    expect(
      first.map(({ outcome }) => (outcome.case === "rejected" ? outcome.value.reason : outcome.case)),
    ).toEqual([
      "applied",
      QUOTA,
      INVALID,
      INVALID,
      "applied",
      "conflict",
      NOT_FOUND,
      "applied",
      WRONG_STATE,
      "applied",
    ]);
    expect(first[5]?.outcome.value).toMatchObject({ title: "First" });

    // Sent again after a failure: the same results, and nothing is applied twice.
    const before = await client.batchGetDocuments({ documentIds: [documentId] });
    const again = resultsOf(await all(client.syncDocuments(streamOf(startOf(clientId), ...messages))));
    expect(again).toEqual(first);
    expect(await client.batchGetDocuments({ documentIds: [documentId] })).toEqual(before);
    expect((await client.listDocuments({})).documents.length).toBe(2);
  });

  it("sends changes of others, and marks those of its own mutations", async () => {
    const harness = await openHarness(store);
    const { client } = harness;
    const { watchCursor } = await client.listDocuments({});
    await addDocument(client, { title: "By another" });
    const clientOf = await serveReplica(harness.main);
    const messages = createMessages<Message>();
    const clientId = randomUUID();
    const stream = clientOf(harness.caller).syncDocuments(messages)[Symbol.asyncIterator]();
    messages.send(startOf(clientId, watchCursor));
    const mutationId = randomUUID();
    const next = async () => (await stream.next()).value as SyncDocumentsResponse;
    const change = await next();
    expect(change.message).toMatchObject({ case: "change", value: { mutationId: "" } });
    const heartbeat = await next();
    expect(heartbeat.message.case).toBe("heartbeat");
    messages.send(mutationOf(creating("Mine"), mutationId));
    const both = [await next(), await next()];
    const result = both.find(({ message }) => message.case === "result");
    const mine = both.find(({ message }) => message.case === "change");
    expect(mine?.message.value).toMatchObject({ mutationId, event: { document: { title: "Mine" } } });
    // A result does not move the cursor.
    expect([heartbeat.cursor, mine?.cursor]).toContain(result?.cursor);
    messages.end();
    expect((await stream.next()).done).toBe(true);

    const other = createMessages<Message>();
    other.send(startOf(randomUUID(), watchCursor));
    for await (const { message } of client.syncDocuments(other)) {
      expect(message).toMatchObject({ case: "change", value: { mutationId: "" } });
      if (message.case === "change" && message.value.event?.document?.title === "Mine") {
        break;
      }
    }
  });

  it("ends a stream that is out of order, or whose mutation has no id or no operation", async () => {
    const { client } = await openHarness(store);
    const start = startOf(randomUUID());
    for (const messages of [
      [],
      [mutationOf(creating("x"))],
      [start, start],
      [start, mutationOf(creating("x"), "no uuid")],
      [start, mutationOf(undefined)],
      [startOf("no uuid")],
      [startOf(randomUUID(), "rubbish")],
    ]) {
      expect(await codeOfSync(client, ...messages)).toBe("InvalidArgument");
    }
    expect((await client.listDocuments({})).documents).toEqual([]);
  });

  it("lets a stream of the same client take over, also in another replica", async () => {
    const harness = await openHarness(store);
    const clientId = randomUUID();
    const here = (await serveReplica(harness.main))(harness.caller);
    const messages = createMessages<Message>();
    const stream = here.syncDocuments(messages)[Symbol.asyncIterator]();
    messages.send(startOf(clientId));
    expect((await stream.next()).value.message.case).toBe("heartbeat");
    const there = (await harness.replica()).client(harness.caller);
    const answers = resultsOf(
      await all(there.syncDocuments(streamOf(startOf(clientId), mutationOf(creating("x"))))),
    );
    expect(answers[0]?.outcome.case).toBe("applied");
    const rest = async () => {
      while (!(await stream.next()).done) {
        // A change may come first.
      }
    };
    expect(await codeOf(rest())).toBe("Aborted");
  });

  it("reads no further mutation until the result of the one before was taken", async () => {
    const { client } = await openHarness(store);
    let asked = 0;
    const endless = async function* () {
      yield startOf(randomUUID());
      for (;;) {
        asked++;
        yield mutationOf(creating(`${asked}`));
      }
    };
    for await (const { message } of client.syncDocuments(endless())) {
      if (message.case === "result") {
        break;
      }
    }
    // What transports hold ahead of the reader, and not what a receiver that takes nothing leaves behind.
    expect(asked).toBeLessThan(10);
  });
});
