import type { Client } from "@connectrpc/connect";
import type { DocumentService } from "@partner/document/service/v1";
import type { Document } from "@partner/document/v1";

/** Reads all documents, then every change of them: a copy that is never behind for long. Ends when `keep` says so. */
export async function followDocuments(
  client: Client<typeof DocumentService>,
  keep: (documentId: string, document: Document | undefined) => boolean,
): Promise<void> {
  let [pageToken, cursor] = ["", ""];
  do {
    const page = await client.listDocuments({ pageToken });
    for (const document of page.documents) {
      keep(document.documentId, document);
    }
    pageToken = page.nextPageToken;
    cursor = page.watchCursor;
  } while (pageToken !== "");

  // After a broken connection: watch again from the last cursor, and no change is missed or seen twice.
  for await (const { message } of client.watchDocuments({ cursor })) {
    if (message.case === "event" && !keep(message.value.documentId, message.value.document)) {
      return;
    }
  }
}
