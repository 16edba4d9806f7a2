import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { DocumentFilter } from "@partner/document/service/v1";
import type { Clock } from "../context.ts";
import { matches } from "../filter.ts";
import { periods, sizes } from "../limits.ts";
import type { Failure } from "../outcome.ts";
import type { Change, Store } from "../store.ts";
import type { ChangeReader } from "./change-reader.ts";
import type { Position } from "./cursor.ts";
import type { News } from "./news.ts";

/** What a follower is told. `position` is behind it. */
export type Followed =
  | { readonly kind: "change"; readonly position: Position; readonly change: Change }
  | { readonly kind: "heartbeat"; readonly position: Position; readonly time: number };

/** What following needs from the process. */
export interface Following {
  readonly store: Store;
  readonly clock: Clock;
  readonly news: News;
  readonly reader: ChangeReader;
}

/** Which changes to follow, from where. */
export interface FollowOptions {
  readonly partnerId: string;
  readonly from: Position;
  readonly filter: DocumentFilter | undefined;
  /** The longest silence, in milliseconds. */
  readonly heartbeat: number;
  /** When something was sent last, by whomever: kept up by the follower, and by who else sends on the same stream. */
  readonly sent: { time: number };
  /** Ends the stream with a failure when it says so. Asked whenever there may be news. */
  readonly guard?: () => Promise<Failure | undefined>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/**
 * Follows changes that match the filter before or after, none skipped and none repeated: reads them by their sequence, page
 * by page, at the pace of the receiver. Returns the failure that ended it, or undefined when the signal did.
 */
export async function* follow(
  { clock, news, reader }: Following,
  { partnerId, from, filter, heartbeat, sent, guard, signal }: FollowOptions,
): AsyncGenerator<Followed, Failure | undefined> {
  using subscription = news.subscribe(partnerId);
  using alarm = createAlarm(clock, signal);
  let position = from;
  let caughtUp = false;
  const isSilent = (): boolean => clock.now() - sent.time >= heartbeat;

  while (!signal.aborted) {
    const seen = subscription.version;
    const time = clock.now();
    const failure = await guard?.();
    if (failure !== undefined) {
      return failure;
    }
    const changes = await reader.read(partnerId, position.sequence, seen);
    for (const change of changes) {
      position = behind(change);
      if (!isSeen(filter, change)) {
        continue;
      }
      const given = clock.now();
      yield { kind: "change", position, change };
      sent.time = clock.now();
      if (sent.time - given >= periods.stall) {
        return {
          kind: "too-slow",
          message: `the receiver took ${periods.stall / 1000} seconds or more for one message: start again with its last cursor`,
        };
      }
    }
    const isAll = changes.length < sizes.changesPerRead;
    if (isAll) {
      // Nothing is behind this position as of the time before the read.
      position = { sequence: position.sequence, time: Math.max(time, position.time) };
    }
    // When silent, also on the way: while the filter keeps back a long row of changes the cursor moves on, so that a receiver
    // that gives up meanwhile does not begin the row again.
    if ((isAll && !caughtUp) || isSilent()) {
      yield { kind: "heartbeat", position, time: clock.now() };
      sent.time = clock.now();
    }
    if (isAll) {
      caughtUp = true;
      await subscription.changed(seen, alarm.at(sent.time + heartbeat));
    } else {
      // The embedded database answers at once, and a long row of pages would keep all else in the process waiting.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  return undefined;
}

function behind({ event }: Change): Position {
  return {
    sequence: Number(event.sequence),
    time: event.occurTime === undefined ? 0 : timestampMs(event.occurTime),
  };
}

/** Whether a watcher sees a change: it sees documents come, change and leave. */
function isSeen(filter: DocumentFilter | undefined, { event, before }: Change): boolean {
  return (
    filter === undefined ||
    (before !== undefined && matches(filter, before)) ||
    (event.document !== undefined && matches(filter, event.document))
  );
}

interface Alarm extends Disposable {
  /** A signal that aborts at this time, or before it: then ask again. And when the follower's own signal does. */
  at(time: number): AbortSignal;
}

/** One timer for many changes: with one for each, setting and stopping timers is a sixth of what watchers cost. */
function createAlarm(clock: Clock, signal: AbortSignal): Alarm {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let ringing: AbortController | undefined;
  return {
    at(time) {
      if (ringing === undefined || ringing.signal.aborted) {
        const own = new AbortController();
        ringing = own;
        const ring = (): void => own.abort("it is time");
        clock.sleep(Math.max(time - clock.now(), 0), ended).then(ring, ring);
      }
      return ringing.signal;
    },
    [Symbol.dispose]: () => over.abort("followed to the end"),
  };
}
