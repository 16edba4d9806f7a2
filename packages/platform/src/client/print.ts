import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Document, type DocumentEvent, DocumentState } from "@partner/document/v1";

/** One line about a document. */
export function documentLine({ documentId, state, title, headRevision, updateTime }: Document): string {
  const size = headRevision === undefined ? "no content" : formatBytes(headRevision.sizeBytes);
  const updated = updateTime === undefined ? "" : timestampDate(updateTime).toISOString().slice(0, 19);
  return [documentId, updated, DocumentState[state].toLowerCase().padEnd(9), size.padStart(10), safe(title)]
    .join("  ")
    .trimEnd();
}

/** One line about a change. */
export function eventLine({ sequence, occurTime, change, documentId, document }: DocumentEvent): string {
  const time = occurTime === undefined ? "" : timestampDate(occurTime).toISOString();
  const title = document === undefined ? "" : safe(document.title);
  return `${time}  ${sequence}  ${(change.case ?? "changed").padEnd(10)}  ${documentId}  ${title}`.trimEnd();
}

/** A size in the unit that keeps it short. */
export function formatBytes(bytes: bigint | number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) {
    value /= 1024;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** What others wrote must not steer the terminal. */
function safe(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "\uFFFD");
}
