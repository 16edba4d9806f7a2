import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DocumentService } from "@partner/document/service/v1";
import { expect, it } from "vitest";
import { withBufferedStreams } from "./buffered-streams.ts";
import { explain, isPassing } from "./explain.ts";
import { networkErrors } from "./network-errors.ts";

const interceptors = [networkErrors];
const baseUrl = "http://127.0.0.1:1";

/** A client whose requests are answered by a function. */
function clientOf(fetch: typeof globalThis.fetch) {
  const transport = createConnectTransport({ baseUrl, interceptors, fetch });
  const options = { baseUrl, interceptors, fetch, maxRequestBytes: 1000 };
  return createClient(DocumentService, withBufferedStreams(transport, options));
}

async function* chunks(count: number) {
  for (let index = 0; index < count; index++) {
    yield {
      message: { case: "chunk" as const, value: { offset: BigInt(index * 100), data: new Uint8Array(100) } },
    };
  }
}

const documentId = crypto.randomUUID();
const failureOf = (call: Promise<unknown>) => call.then(() => undefined, ConnectError.from);
const lost = clientOf(() => Promise.reject(new TypeError("Failed to fetch")));

it.each([
  ["a call", () => lost.getDocument({ documentId })],
  ["an upload", () => lost.uploadContent(chunks(1))],
  ["a stream", () => lost.watchDocuments({})[Symbol.asyncIterator]().next()],
])("%s without an answer is Unavailable, and worth another attempt", async (_, call) => {
  const error = await failureOf(call());
  expect(error?.code).toBe(Code.Unavailable);
  expect(isPassing(error)).toBe(true);
  expect(explain(error)).toBe("The service cannot be reached now: no answer came.");
});

it("leaves an answer as it is", async () => {
  const refused = clientOf(async () =>
    Response.json({ code: "not_found", message: "no such document" }, { status: 404 }),
  );
  const error = await failureOf(refused.getDocument({ documentId }));
  expect([isPassing(error), explain(error)]).toEqual([
    false,
    "It does not exist any more: no such document.",
  ]);
});

it("sends no request of more than the limit", async () => {
  let sent = 0;
  const client = clientOf(async () => {
    sent++;
    return Response.error();
  });
  expect((await failureOf(client.uploadContent(chunks(11))))?.code).toBe(Code.ResourceExhausted);
  expect(sent).toBe(0);
});
