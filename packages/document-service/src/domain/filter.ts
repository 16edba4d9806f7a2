import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { DocumentFilter, TimeRange } from "@partner/document/service/v1";
import { type Document, DocumentState } from "@partner/document/v1";
import { sortedEntries } from "./fingerprint.ts";

/**
 * Whether a document meets every condition of a filter; the absent filter is met by all. `Store.list` answers the same by
 * indexes, and a property test holds the two together.
 */
export function matches(filter: DocumentFilter | undefined, document: Document): boolean {
  if (filter === undefined) {
    return true;
  }
  const createTime = milliseconds(document.createTime);
  const updateTime = milliseconds(document.updateTime);
  const creator = document.creator?.kind;
  return (
    inStates(filter.states, document.state) &&
    Object.entries(filter.labels).every(
      ([key, value]) => Object.hasOwn(document.labels, key) && document.labels[key] === value,
    ) &&
    fold(document.title).includes(fold(filter.titleContains)) &&
    (filter.creatorServiceAccountId === "" ||
      (creator?.case === "serviceAccountId" && creator.value === filter.creatorServiceAccountId)) &&
    inRange(filter.createTimeRange, createTime) &&
    inRange(filter.updateTimeRange, updateTime)
  );
}

function inStates(states: readonly DocumentState[], state: DocumentState): boolean {
  return states.length === 0 ? state !== DocumentState.DELETED : states.includes(state);
}

function inRange(range: TimeRange | undefined, time: number): boolean {
  const { start, end } = bounds(range);
  return (start === undefined || time >= start) && (end === undefined || time < end);
}

/** The bounds of a range in whole milliseconds. Times of documents have no finer parts, so rounding up loses nothing. */
export function bounds(range: TimeRange | undefined): {
  start: number | undefined;
  end: number | undefined;
} {
  return { start: roundUp(range?.startTime), end: roundUp(range?.endTime) };
}

function roundUp(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1000 + Math.ceil(time.nanos / 1e6);
}

function milliseconds(time: Timestamp | undefined): number {
  return time === undefined ? 0 : timestampMs(time);
}

/** Text in a form where upper and lower case are alike. Lower case comes first, so that `İ` and `i̇` meet. */
export function fold(text: string): string {
  return text.toLowerCase().toUpperCase();
}

/** A filter as a value to take a fingerprint of: what orders and repeats do not change is not in it. */
export function canonicalFilter(filter: DocumentFilter | undefined): unknown {
  if (filter === undefined) {
    return null;
  }
  const range = (range: TimeRange | undefined) =>
    [range?.startTime, range?.endTime].map((time) =>
      time === undefined ? null : [time.seconds.toString(), time.nanos],
    );
  return [
    [...filter.states].sort((a, b) => a - b),
    sortedEntries(filter.labels),
    filter.titleContains,
    filter.creatorServiceAccountId,
    range(filter.createTimeRange),
    range(filter.updateTimeRange),
  ];
}
