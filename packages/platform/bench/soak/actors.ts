import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { download, upload } from "../cases/content.ts";
import type { Connection } from "./connection.ts";
import type { Tally } from "./tally.ts";

/** What an actor plays with. */
export interface Stage {
  readonly connect: () => Connection;
  readonly tally: Tally;
  /** Ends the play. */
  readonly signal: AbortSignal;
}

const listed = 50;
const contentBytes = 1024 * 1024;

/** Makes a document, reads it, changes it, lists some and deletes it, on one connection that it renews every so often. */
export async function worker({ connect, tally, signal }: Stage, pauseMs: number): Promise<void> {
  while (!signal.aborted) {
    using connection = connect();
    const { client } = connection;
    tally.add("connections");
    for (let round = 0; round < 200 && !signal.aborted; round++) {
      try {
        const title = randomUUID();
        const made = await client.createDocument({ document: { title }, idempotencyKey: randomUUID() });
        const { documentId = "" } = made.document ?? {};
        await client.updateDocument({ document: { documentId, title: `${title} 2` } });
        const { document } = await client.getDocument({ documentId });
        if (document?.title !== `${title} 2`) {
          throw new Error("a document was not what it was made to be");
        }
        await client.listDocuments({ pageSize: listed });
        await client.deleteDocument({ documentId });
        tally.add("rounds of 5 calls");
      } catch (error) {
        tally.fail("worker", error);
      }
      await pause(pauseMs, signal);
    }
  }
}

/** Follows all changes, over the end of each token: goes on from the last cursor, and must see each sequence once. */
export async function watcher({ connect, tally, signal }: Stage): Promise<void> {
  using connection = connect();
  let cursor = "";
  let sequence: bigint | undefined;
  while (!signal.aborted) {
    try {
      for await (const answer of connection.client.watchDocuments({ cursor }, { signal })) {
        cursor = answer.cursor;
        if (answer.message.case === "event") {
          const next = answer.message.value.sequence;
          if (sequence !== undefined && next !== sequence + 1n) {
            throw new Error(`a watcher saw ${next} after ${sequence}`);
          }
          sequence = next;
          tally.add("changes seen");
        }
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (error instanceof ConnectError && error.code === Code.Unauthenticated) {
        // Its token ended: what a watcher has to reckon with.
        tally.add("watches resumed");
      } else {
        tally.fail("watcher", error);
      }
      await pause(10, signal);
    }
  }
}

/** Uploads and downloads content. */
export async function uploader({ connect, tally, signal }: Stage, pauseMs: number): Promise<void> {
  using connection = connect();
  while (!signal.aborted) {
    try {
      const made = await connection.client.createDocument({
        document: { title: "Content" },
        idempotencyKey: randomUUID(),
      });
      const { documentId = "" } = made.document ?? {};
      await upload(connection.client, documentId, contentBytes);
      await download(connection.client, documentId, contentBytes);
      await connection.client.deleteDocument({ documentId });
      tally.add("MiB up and down");
    } catch (error) {
      tally.fail("uploader", error);
    }
    await pause(pauseMs, signal);
  }
}

/** Goes away in the middle of a watch, an upload and a unary call, over and over. */
export async function dropper({ connect, tally, signal }: Stage, pauseMs: number): Promise<void> {
  while (!signal.aborted) {
    const { client, drop } = connect();
    const watching = Promise.withResolvers<void>();
    const watch = async (): Promise<void> => {
      for await (const _ of client.watchDocuments({})) {
        watching.resolve();
      }
    };
    const expectEnd = (what: Promise<unknown>): Promise<void> =>
      what.then(
        () => undefined,
        () => watching.resolve(),
      );
    const ends = [expectEnd(watch())];
    await watching.promise;
    const made = await client
      .createDocument({ document: { title: "Dropped" }, idempotencyKey: randomUUID() })
      .catch((error: unknown) => tally.fail("dropper", error));
    const { documentId = "" } = made?.document ?? {};
    ends.push(expectEnd(upload(client, documentId, contentBytes)), expectEnd(client.listDocuments({})));
    await pause(20, signal);
    drop();
    await Promise.all(ends);
    tally.add("clients dropped");
    await pause(pauseMs, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
