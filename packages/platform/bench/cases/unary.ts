import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  CreateDocumentRequestSchema,
  type CreateDocumentResponse,
  DocumentService,
  GetDocumentRequestSchema,
  ListDocumentsRequestSchema,
} from "@partner/document/service/v1";
import { closedLoop } from "../closed-loop.ts";
import { createRawClient, type RawClient } from "../raw-client.ts";
import { description, document, labels, title } from "../servers/fixture.ts";
import type { Target } from "../targets.ts";
import type { Case } from "./case.ts";

const { createDocument, getDocument, listDocuments } = DocumentService.method;
const listed = 50;

/** One RPC, called over and over; the clients are as many as there are calls in flight, up to 4 connections. */
function unary(
  name: string,
  inFlight: number,
  needsStore: boolean,
  callOf: (client: RawClient, target: Target) => Promise<() => Promise<unknown>>,
): Case {
  return {
    name: `${name}, ${inFlight} in flight`,
    unit: "calls",
    needsStore,
    async prepare(target) {
      const clients = Array.from({ length: Math.min(inFlight, 4) }, () =>
        createRawClient(target.process.url, target.authorization),
      );
      const calls = await Promise.all(clients.map((client) => callOf(client, target)));
      let turn = 0;
      const call = () => (calls[turn++ % calls.length] as () => Promise<unknown>)();
      return {
        run: (seconds) => closedLoop(call, inFlight, seconds),
        close: () => {
          for (const client of clients) {
            client.close();
          }
        },
      };
    },
  };
}

const create1 = (client: RawClient): Promise<CreateDocumentResponse> =>
  client.call(
    createDocument,
    create(CreateDocumentRequestSchema, {
      document: { title, description, labels },
      idempotencyKey: randomUUID(),
    }),
  );

const get = async (client: RawClient, target: Target): Promise<() => Promise<unknown>> => {
  const made = target.store === undefined ? document : (await create1(client)).document;
  const request = create(GetDocumentRequestSchema, { documentId: made?.documentId ?? "" });
  return () => client.call(getDocument, request);
};

const list = async (client: RawClient): Promise<() => Promise<unknown>> => {
  for (let made = 0; made < listed; made++) {
    await create1(client);
  }
  const request = create(ListDocumentsRequestSchema, { pageSize: listed });
  return async () => {
    const { documents } = await client.call(listDocuments, request);
    if (documents.length !== listed) {
      throw new Error(`ListDocuments gave ${documents.length} documents`);
    }
  };
};

export const unaryCases: readonly Case[] = [
  unary("GetDocument", 1, false, get),
  unary("GetDocument", 32, false, get),
  unary("CreateDocument", 1, true, async (client) => () => create1(client)),
  unary("CreateDocument", 32, true, async (client) => () => create1(client)),
  unary(`ListDocuments of ${listed}`, 8, true, list),
];
