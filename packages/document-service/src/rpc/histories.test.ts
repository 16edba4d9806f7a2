import { create } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type DocumentFilter,
  DocumentFilterSchema,
  type DocumentOrder,
  type DocumentService,
} from "@partner/document/service/v1";
import { DocumentState } from "@partner/document/v1";
import { eachStore } from "@partner/storage/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { addContent, bytesOf } from "../testing/content.ts";
import { makeCaller, openHarness } from "../testing/harness.ts";
import { Oracle, type Step } from "../testing/oracle.ts";
import { serveReplica } from "../testing/real-server.ts";

type DocumentClient = Client<typeof DocumentService>;

const { DRAFT, PUBLISHED, ARCHIVED, DELETED } = DocumentState;
// U+FFFD is before U+1F600 by code points, and behind it by UTF-16.
const titles = [
  "alpha",
  "Alphabet",
  "ÄRGER",
  "ärger",
  "Straße",
  "STRASSE",
  "\ufffd",
  "\u{1f600}",
  "b\u0000c",
  "%_",
];
const titleArb = fc.constantFrom(...titles);
const labelsArb = fc
  .dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"), { maxKeys: 2 })
  .map(sorted);
const indexArb = fc.nat({ max: 4 });
const stepArb: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create"), title: titleArb, labels: labelsArb }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("update"), index: indexArb, title: titleArb, labels: labelsArb }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "publish",
        "archive",
        "unarchive",
        "delete",
        "undelete",
        "upload",
        "upload",
        "publish",
      ),
      index: indexArb,
    }),
  },
);
const filterArb: fc.Arbitrary<DocumentFilter | undefined> = fc.option(
  fc
    .record({
      states: fc.uniqueArray(fc.constantFrom(DRAFT, PUBLISHED, ARCHIVED, DELETED), { maxLength: 3 }),
      labels: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"), { maxKeys: 1 }),
      titleContains: fc.constantFrom("", "", "ALPHA", "rger", "SS", "\u0000", "%", "\u{1f600}"),
    })
    .map((fields) => create(DocumentFilterSchema, fields)),
  { nil: undefined },
);

/** A watcher that reads a few messages after some of the steps, and then disconnects. */
interface Watcher {
  readonly filter: DocumentFilter | undefined;
  /** The step before which it begins. */
  readonly begins: number;
  /** How many messages it reads after each step; 0: none. */
  readonly reads: readonly number[];
}
const watcherArb: fc.Arbitrary<Watcher> = fc.record({
  filter: filterArb,
  begins: fc.nat({ max: 10 }),
  reads: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 7 }),
});

function sorted(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort());
}

async function perform(client: DocumentClient, ids: string[], step: Step): Promise<void> {
  if (step.do === "create") {
    const { document } = await client.createDocument({
      document: { title: step.title, labels: step.labels },
      idempotencyKey: crypto.randomUUID(),
    });
    ids.push(document?.documentId ?? "");
    return;
  }
  const documentId = ids[step.index] ?? crypto.randomUUID();
  switch (step.do) {
    case "update": {
      const { title, labels } = step;
      await client.updateDocument({ document: { documentId, title, labels }, updateMask: { paths: ["*"] } });
      return;
    }
    case "upload":
      await addContent(client, documentId, bytesOf(3));
      return;
    case "publish":
      await client.publishDocument({ documentId });
      return;
    case "archive":
      await client.archiveDocument({ documentId });
      return;
    case "unarchive":
      await client.unarchiveDocument({ documentId });
      return;
    case "delete":
      await client.deleteDocument({ documentId });
      return;
    case "undelete":
      await client.undeleteDocument({ documentId });
  }
}

/** A watcher that goes on from its cursor each time. */
class Follower {
  readonly seen: {
    id: string;
    kind: string | undefined;
    title: string | undefined;
    state: number | undefined;
  }[] = [];
  cursor = "";
  readonly #filter: DocumentFilter | undefined;

  constructor(filter: DocumentFilter | undefined) {
    this.#filter = filter;
  }

  /** Reads up to `count` messages or, without a count, to the first heartbeat: everything so far. */
  async read(client: DocumentClient, count = Number.POSITIVE_INFINITY): Promise<void> {
    const filter = this.#filter === undefined ? {} : { filter: this.#filter };
    let left = count;
    for await (const { cursor, message } of client.watchDocuments({ cursor: this.cursor, ...filter })) {
      this.cursor = cursor;
      if (message.case === "event") {
        const { documentId, change, document } = message.value;
        this.seen.push({ id: documentId, kind: change.case, title: document?.title, state: document?.state });
      }
      if (message.case === "heartbeat" || --left === 0) {
        return;
      }
    }
  }
}

async function listAll(client: DocumentClient, filter: DocumentFilter | undefined, order: DocumentOrder) {
  const ids: string[] = [];
  let pageToken = "";
  do {
    const page = await client.listDocuments({
      order,
      pageSize: 2,
      pageToken,
      ...(filter === undefined ? {} : { filter }),
    });
    ids.push(...page.documents.map((document) => document.documentId));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return ids;
}

/** Few, so that everybody's run is short; the long run sets `WIREHOUSE_TEST_HISTORIES`, for example to 200. */
const histories = Number(process.env.WIREHOUSE_TEST_HISTORIES ?? 12);
/** Of each of four writers. */
const writes = Math.max(10, histories);

eachStore("histories", (store) => {
  it("are the oracle's: each answer, each list, and what each watcher sees", async () => {
    const { main, clock, replica } = await openHarness(store);
    const replicas = [main, await replica()];
    const history = fc.record({
      steps: fc.array(fc.tuple(stepArb, fc.nat({ max: 1 }), fc.nat({ max: 1 })), {
        minLength: 1,
        maxLength: 30,
      }),
      watchers: fc.array(watcherArb, { minLength: 1, maxLength: 3 }),
      lists: fc.array(fc.tuple(filterArb, fc.nat({ max: 4 })), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ steps, watchers, lists }) => {
        const caller = makeCaller();
        const clients = replicas.map((one) => one.client(caller));
        const client = (index: number) => clients[index] as DocumentClient;
        const oracle = new Oracle();
        const ids: string[] = [];
        const followers = watchers.map((watcher) => ({
          ...watcher,
          follower: new Follower(watcher.filter),
          from: -1,
        }));
        const begin = async (one: (typeof followers)[number]) => {
          one.from = oracle.log.length;
          await one.follower.read(client(0));
        };
        for (const [index, [step, on, pause]] of steps.entries()) {
          for (const one of followers.filter(({ begins }) => begins === index)) {
            await begin(one);
          }
          clock.advance(pause);
          const expected = oracle.apply(step, clock.wallNow());
          expect(await codeOf(perform(client(on), ids, step))).toBe(expected);
          for (const { follower, from, reads } of followers) {
            const count = reads[index % reads.length] ?? 0;
            if (from >= 0 && count > 0) {
              await follower.read(client(1 - on), count);
            }
          }
        }
        for (const one of followers) {
          if (one.from < 0) {
            await begin(one);
          }
          await one.follower.read(client(0));
          const expected = oracle.seenBy(one.filter, one.from).map(({ index, kind, after }) => ({
            id: ids[index],
            kind,
            title: after.title,
            state: after.state,
          }));
          expect(one.follower.seen).toEqual(expected);
        }
        for (const [filter, order] of lists) {
          expect(await listAll(client(0), filter, order)).toEqual(oracle.listed(filter, order, ids));
        }
        for (const { index, title, labels, state, revisions } of oracle.documents) {
          const { document } = await client(1).getDocument({ documentId: ids[index] ?? "" });
          expect(document).toMatchObject({ title, labels, state });
          expect(document?.headRevision?.number ?? 0n).toBe(BigInt(revisions));
        }
      }),
      { numRuns: histories },
    );
  });

  describe("writers and watchers at the same time", () => {
    it("no watcher skips or repeats a change, however often it disconnects", async () => {
      const { main, caller, replica } = await openHarness(store);
      const clients = [(await serveReplica(main))(caller), (await serveReplica(await replica()))(caller)] as [
        DocumentClient,
        DocumentClient,
      ];
      const { watchCursor } = await clients[0].listDocuments({});
      let writing = true;
      const write = async (client: DocumentClient, seed: number) => {
        const ids: string[] = [];
        for (let index = 0; index < writes; index++) {
          const step: Step =
            index % 5 === 0
              ? { do: "create", title: `${seed}`, labels: {} }
              : { do: "update", index: ids.length - 1, title: `${seed} ${index}`, labels: {} };
          await perform(client, ids, step);
        }
      };
      const watch = async (client: DocumentClient, other: DocumentClient, count: number) => {
        const follower = new Follower(undefined);
        follower.cursor = watchCursor;
        for (let round = 0; writing; round++) {
          await follower.read(round % 2 === 0 ? client : other, count);
        }
        await follower.read(client);
        return follower.seen;
      };
      const [one, two] = clients;
      const watching = [watch(one, two, 1), watch(two, one, 3), watch(two, two, 50)];
      try {
        await Promise.all([write(one, 1), write(two, 2), write(one, 3), write(two, 4)]);
      } finally {
        writing = false;
      }
      const [first, ...others] = await Promise.all(watching);
      expect(first?.length).toBe(4 * writes);
      for (const seen of others) {
        expect(seen).toEqual(first);
      }
      // What each writer did is seen in the order in which it did it.
      for (const seed of [1, 2, 3, 4]) {
        const own = first?.map(({ title }) => title).filter((title) => title?.split(" ")[0] === `${seed}`);
        expect(own).toEqual(
          Array.from({ length: writes }, (_, index) => (index % 5 === 0 ? `${seed}` : `${seed} ${index}`)),
        );
      }
    });
  });
});
