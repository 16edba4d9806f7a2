import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { DocumentState } from "@partner/document/v1";

const units = ["bytes", "KB", "MB", "GB"];

/** A size for people: "312 bytes", "1.5 MB". A KB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (unit < units.length - 1 && size >= 999.5) {
    size /= 1000;
    unit++;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${unit === 0 && bytes === 1 ? "byte" : units[unit]}`;
}

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The time of day for people, in the browser's time zone. */
export function formatClock(time: Timestamp | undefined): string {
  return time === undefined ? "" : clock.format(timestampDate(time));
}

/** A moment for people, in the browser's time zone. */
export function formatTime(time: Timestamp | undefined): string {
  return time === undefined ? "" : moment.format(timestampDate(time));
}

const stateNames: Record<DocumentState, string> = {
  [DocumentState.UNSPECIFIED]: "Unknown state",
  [DocumentState.DRAFT]: "Draft",
  [DocumentState.PUBLISHED]: "Published",
  [DocumentState.ARCHIVED]: "Archived",
  [DocumentState.DELETED]: "Deleted",
};

/** The name of a state; that of a newer server is unknown. */
export function formatState(state: DocumentState): string {
  return stateNames[state] ?? stateNames[DocumentState.UNSPECIFIED];
}
