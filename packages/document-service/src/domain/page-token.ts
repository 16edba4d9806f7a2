import { periods } from "./limits.ts";
import { decodeOpaque, encodeOpaque } from "./opaque.ts";
import { done, failed, type Outcome } from "./outcome.ts";

/**
 * A page token says which list it is of, by a fingerprint of the partner and of all that must stay as it was, when it was
 * made, and where the page begins.
 */
export function formatPageToken<Place>(place: Place, list: string, now: number): string {
  return encodeOpaque([list, now, place]);
}

/** Reads a page token: undefined for the first page. */
export function readPageToken<Place>(text: string, list: string, now: number): Outcome<Place | undefined> {
  if (text === "") {
    return done(undefined);
  }
  const token = decodeOpaque(text);
  if (!Array.isArray(token) || token.length !== 3 || token[0] !== list) {
    return refused(
      "of_this_list",
      "is not one of this list: all but page_size must be as it was for the page before",
    );
  }
  const [, time, place] = token as [string, number, Place];
  return now - time < periods.pageToken
    ? done(place)
    : refused("age", "is older than 24 hours: begin with the first page");
}

function refused(rule: string, message: string) {
  return failed({ kind: "invalid", field: "page_token", rule: `page_token.${rule}`, message });
}
