import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type WatchDocumentsRequest,
  type WatchDocumentsResponse,
  WatchDocumentsResponseSchema,
} from "@partner/document/service/v1";
import type { Failure } from "../outcome.ts";
import { formatCursor, readCursor } from "./cursor.ts";
import { type Following, follow } from "./follow.ts";
import { heartbeatOf } from "./start.ts";

/** Sends changes that match a filter, from a cursor on. Returns the failure that ended it, or undefined when the signal did. */
export async function* watchDocuments(
  following: Following,
  partnerId: string,
  { cursor, filter, heartbeatInterval }: WatchDocumentsRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchDocumentsResponse, Failure | undefined> {
  const { store, clock } = following;
  const log = await store.readOne(partnerId, (view) => view.log());
  const from = readCursor(cursor, partnerId, log, clock.now(), "cursor");
  if (!from.ok) {
    return from.failure;
  }
  const followed = follow(following, {
    partnerId,
    from: from.value,
    filter,
    heartbeat: heartbeatOf(heartbeatInterval),
    sent: { time: clock.now() },
    signal,
  });
  try {
    for (;;) {
      const next = await followed.next();
      if (next.done) {
        return next.value;
      }
      const { position } = next.value;
      yield create(WatchDocumentsResponseSchema, {
        cursor: formatCursor(partnerId, position),
        message:
          next.value.kind === "change"
            ? { case: "event", value: next.value.change.event }
            : { case: "heartbeat", value: { sendTime: timestampFromMs(next.value.time) } },
      });
    }
  } finally {
    await followed.return(undefined);
  }
}
