import type { Document } from "@partner/document/v1";
import { failed } from "../outcome.ts";

/** The failure of a request whose etag is set and not that of the document. */
export function staleEtag(current: Document, etag: string) {
  return etag === "" || etag === current.etag ? undefined : failed({ kind: "stale-etag", current });
}
