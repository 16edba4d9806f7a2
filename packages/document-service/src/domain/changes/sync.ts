import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  HeartbeatSchema,
  SyncChangeSchema,
  type SyncDocumentsRequest,
  type SyncDocumentsResponse,
  SyncDocumentsResponseSchema,
  type SyncStart,
} from "@partner/document/service/v1";
import type { Context } from "../context.ts";
import { done, type Failure, failed, type Outcome } from "../outcome.ts";
import { formatCursor, type Position, readCursor } from "./cursor.ts";
import { type Followed, type Following, follow } from "./follow.ts";
import { merge } from "./merge.ts";
import { type Answered, answerMutations, type CheckMutation, syncTakenOver } from "./mutations.ts";
import { heartbeatOf } from "./start.ts";

/**
 * Keeps a client's copy in step: sends changes like `watchDocuments`, and one result for each mutation. A mutation is read
 * when the result of the one before was taken, so a client that takes nothing is not served further. Returns the failure
 * that ended it; undefined when the client ended its half, or the signal everything.
 */
export async function* syncDocuments(
  following: Following,
  context: Context,
  check: CheckMutation,
  requests: AsyncIterable<SyncDocumentsRequest>,
  signal: AbortSignal,
): AsyncGenerator<SyncDocumentsResponse, Failure | undefined> {
  const { store, clock } = following;
  const { partnerId } = context;
  const stream = requests[Symbol.asyncIterator]();
  const first = await stream.next();
  if (first.done || first.value.message.case !== "start") {
    const message = "the first message must be start";
    return failed({ kind: "invalid", field: "message", rule: "sync_documents.order", message }).failure;
  }
  const start = first.value.message.value;
  const opened = await open(following, context, start);
  if (!opened.ok) {
    return opened.failure;
  }
  const { epoch, from } = opened.value;
  const sent = { time: clock.now() };
  const isCurrent = async (): Promise<boolean> =>
    (await store.readOne(partnerId, (view) => view.syncClientEpoch(start.clientId))) === epoch;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const merged = merge<Followed | Answered, Failure | undefined>([
    follow(following, {
      partnerId,
      from,
      filter: start.filter,
      heartbeat: heartbeatOf(start.heartbeatInterval),
      sent,
      guard: async () => ((await isCurrent()) ? undefined : syncTakenOver()),
      signal: both,
    }),
    answerMutations(store, context, { check, stream, clientId: start.clientId, epoch }),
  ]);
  let position = from;
  try {
    for (;;) {
      const next = await merged.next();
      if (next.done) {
        return next.value;
      }
      if (next.value.kind !== "result") {
        position = next.value.position;
      }
      yield create(SyncDocumentsResponseSchema, {
        cursor: formatCursor(partnerId, position),
        message: toMessage(next.value, start.clientId),
      });
      sent.time = clock.now();
    }
  } finally {
    ended.abort();
    await merged.return(undefined);
  }
}

/** Takes the client over from any other stream, and says where its changes begin. */
async function open(
  { store, clock }: Following,
  { partnerId }: Context,
  { clientId, cursor }: SyncStart,
): Promise<Outcome<{ epoch: number; from: Position }>> {
  return await store.write(partnerId, async (unit) => {
    const now = clock.now();
    const from = readCursor(cursor, partnerId, await unit.log(), now, "start.cursor");
    if (!from.ok) {
      return from;
    }
    const epoch = await unit.claimSyncClient(clientId, now);
    unit.stir();
    return done({ epoch, from: from.value });
  });
}

function toMessage(sent: Followed | Answered, clientId: string): SyncDocumentsResponse["message"] {
  switch (sent.kind) {
    case "result":
      return { case: "result", value: sent.result };
    case "heartbeat":
      return { case: "heartbeat", value: create(HeartbeatSchema, { sendTime: timestampFromMs(sent.time) }) };
    case "change": {
      const { event, origin } = sent.change;
      const mutationId = origin?.clientId === clientId ? origin.mutationId : "";
      return { case: "change", value: create(SyncChangeSchema, { event, mutationId }) };
    }
  }
}
