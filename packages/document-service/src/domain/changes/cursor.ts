import { periods } from "../limits.ts";
import { decodeOpaque, encodeOpaque } from "../opaque.ts";
import { done, failed, type Outcome } from "../outcome.ts";
import type { LogState, View } from "../store.ts";

/** A place in the stream of changes of a partner: behind the change with this sequence, as of this time. */
export interface Position {
  readonly sequence: number;
  /** When the position was known to be so, in milliseconds since 1970: changes behind it are not older. */
  readonly time: number;
}

export function formatCursor(partnerId: string, { sequence, time }: Position): string {
  return encodeOpaque([partnerId, sequence, time]);
}

/** The position behind all changes so far. */
export async function currentPosition(view: View, now: number): Promise<Position> {
  return { sequence: (await view.log()).sequence, time: now };
}

/** Reads a cursor; empty is the position behind all changes so far. `field` is its path in the request. */
export function readCursor(
  text: string,
  partnerId: string,
  log: LogState,
  now: number,
  field: string,
): Outcome<Position> {
  if (text === "") {
    return done({ sequence: log.sequence, time: now });
  }
  const cursor = decodeOpaque(text);
  if (!isCursor(cursor) || cursor[0] !== partnerId) {
    const message = "is not a cursor of this partner's changes";
    return failed({ kind: "invalid", field, rule: "cursor.of_this_partner", message });
  }
  const [, sequence, time] = cursor;
  // Behind the newest change there is nothing a cursor can have come from, unless the database was set back.
  if (now - time >= periods.cursor || sequence < log.forgotten || sequence > log.sequence) {
    const message = "the cursor is older than 7 days: list again, and go on from the list's watch_cursor";
    return failed({ kind: "out-of-range", message });
  }
  return done({ sequence, time });
}

function isCursor(value: unknown): value is [string, number, number] {
  return (
    Array.isArray(value) && value.length === 3 && value.slice(1).every((part) => Number.isSafeInteger(part))
  );
}
