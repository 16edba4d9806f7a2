import { randomUUID } from "node:crypto";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { type Connection, connect } from "../harness/clients.ts";
import { documentEnv, startIssuer } from "../harness/people.ts";
import { expect, type Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import type { StoreKind } from "../harness/stores.ts";
import { until } from "../harness/until.ts";
import { sending, sha256, streamOf, type UploadMessage } from "../work/uploading.ts";

const kinds = ["upload", "download", "watch", "sync"] as const;
const allowedGrowth = 8 * 1024 * 1024;
/** The content of the uploads that break: larger than what the service keeps in memory of one. */
const dropped = new Uint8Array(2_500_000).fill(7);

/** Cuts the connections of clients that are in the middle of streams, without a word of goodbye. */
export function clientGone(store: StoreKind): Scenario {
  return {
    name: "client gone in mid-stream",
    store,
    async run({ stores, random, quick, defer, note }) {
      const rounds = quick ? 2 : 10;
      const perRound = 20;
      const issuer = await startIssuer(await stores.url("sqlite"));
      defer(() => issuer.close());
      const { token } = await issuer.join();
      const env = documentEnv(issuer, await stores.url(store));
      const service = await new ServiceProcess({ name: "document", env }).start();
      defer(() => service.kill());
      const steady = connect(service.url, token);
      defer(() => steady.close());
      const { document } = await steady.documents.createDocument({
        document: { title: "large" },
        idempotencyKey: randomUUID(),
      });
      const { documentId = "" } = document ?? {};
      const content = random.bytes(3_000_000);
      await send(steady, await newUpload(steady, documentId), content);
      // One round first: what is made once and kept is no leak.
      await dropRound(service, token, documentId, perRound);
      const base = await settle(service);

      let resumable = "";
      for (let round = 0; round < rounds; round++) {
        note(`round ${round + 1} of ${rounds}`);
        resumable = await dropRound(service, token, documentId, perRound);
      }
      const end = await until(
        "streams are let go of",
        20_000,
        async () => {
          const now = await settle(service);
          return now.open.streams <= base.open.streams && now.handleCount <= base.handleCount
            ? now
            : undefined;
        },
        250,
      );
      expect(end.heap - base.heap < allowedGrowth, "memory returns to where it was", {
        base: base.heap,
        end: end.heap,
      });

      const { upload } = await steady.documents.getUpload({ uploadId: resumable });
      const received = Number(upload?.receivedBytes ?? 0n);
      expect(received > 0, "what arrived of a broken upload is kept", received);
      const answer = await steady.documents.uploadContent(
        streamOf(sending(resumable, dropped, received, dropped.length, 65_536)),
      );
      const digest = Buffer.from(answer.revision?.digest?.value ?? []);
      expect(digest.equals(sha256(dropped)), "a broken upload goes on where it stopped");
      return {
        "streams dropped": (rounds + 1) * perRound,
        "open streams, before and after": `${base.open.streams}, ${end.open.streams}`,
        "handles, before and after": `${base.handleCount}, ${end.handleCount}`,
        "heap, before and after (MB)": `${megabytes(base.heap)}, ${megabytes(end.heap)}`,
        "an upload went on from byte": received,
      };
    },
  };
}

/** Opens streams of each kind through a relay, and cuts the relay when all are under way. Answers with one broken upload. */
async function dropRound(
  service: ServiceProcess,
  token: string,
  documentId: string,
  count: number,
): Promise<string> {
  const relay = await startRelay(Number(new URL(service.url).port));
  // One each: what a client does not read holds up all else on its connection (HTTP/2's window).
  const clients = Array.from({ length: count }, () => connect(relay.url, token));
  let uploadId = "";
  try {
    const begun = clients.map(async (connection, index) => {
      switch (kinds[index % kinds.length]) {
        case "upload":
          uploadId = await newUpload(connection);
          return await beginUpload(connection, uploadId);
        case "download":
          return await firstOf(connection.documents.downloadContent({ documentId }));
        case "watch":
          return await firstOf(connection.documents.watchDocuments({}));
        default:
          return await firstOf(connection.documents.syncDocuments(startAndWait()));
      }
    });
    await Promise.all(begun);
  } finally {
    relay.cut();
    for (const client of clients) {
      client.close();
    }
  }
  return uploadId;
}

/** An upload for a document, or for a new one: a document has only so many at once. */
async function newUpload({ documents }: Connection, given?: string): Promise<string> {
  const idempotencyKey = randomUUID();
  const documentId =
    given ??
    (await documents.createDocument({ document: { title: "broken" }, idempotencyKey })).document?.documentId;
  const { upload } = await documents.createUpload({
    upload: { documentId: documentId ?? "", mediaType: "text/plain" },
    idempotencyKey,
  });
  return upload?.uploadId ?? "";
}

async function send({ documents }: Connection, uploadId: string, content: Uint8Array): Promise<void> {
  await documents.uploadContent(streamOf(sending(uploadId, content, 0, content.length, 65_536)));
}

/** Sends two thirds and then nothing. Resolves when the service has stored some of it. */
async function beginUpload({ documents }: Connection, uploadId: string): Promise<void> {
  const content = dropped;
  const messages = async function* (): AsyncGenerator<UploadMessage> {
    yield* sending(uploadId, content, 0, 1_900_000, 65_536);
    await forever();
  };
  documents.uploadContent(messages()).catch(() => undefined);
  await until(
    "some of an upload is stored",
    30_000,
    async () => {
      const { upload } = await documents.getUpload({ uploadId });
      return (upload?.receivedBytes ?? 0n) > 0n || undefined;
    },
    50,
  );
}

async function* startAndWait() {
  yield { message: { case: "start" as const, value: { clientId: randomUUID() } } };
  await forever();
}

/** Takes one message of a stream, and leaves it open. */
async function firstOf(stream: AsyncIterable<unknown>): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  iterator.next().catch(() => undefined);
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}

/** A relay whose connections can be cut as if the network were gone. */
async function startRelay(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTcp(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    cut() {
      for (const socket of sockets) {
        socket.resetAndDestroy();
      }
      server.close();
    },
  };
}

async function settle(service: ServiceProcess) {
  const heap = await service.heapBytes();
  const { open, handles } = await service.status();
  return { heap, open, handleCount: (handles.TCPSocketWrap ?? 0) + (handles.TCPServerWrap ?? 0) };
}

function megabytes(count: number): string {
  return (count / 1024 / 1024).toFixed(1);
}
