import { randomUUID } from "node:crypto";
import { DocumentState } from "@partner/document/v1";
import type { Documents } from "../documents/connect.ts";
import { bytesContent } from "../documents/content.ts";
import { uploadContent } from "../documents/upload.ts";

/** The documents of the example partner, by their label `example`. */
const examples = [
  {
    example: "welcome",
    title: "Welcome",
    description: "What this is, and where to go on",
    text: "# Welcome\n\nThis document lies in the document service of this machine. `docs/services.md` describes both services.\n",
    publish: true,
  },
  {
    example: "contract",
    title: "Contract with Bolt & Sons",
    description: "Delivery of 400 hex bolts M8",
    text: "# Contract\n\n1. Bolt & Sons delivers 400 hex bolts M8 by the end of March.\n2. Acme pays within 30 days.\n",
    publish: true,
  },
  {
    example: "minutes",
    title: "Minutes of the planning meeting",
    description: "A draft",
    text: "# Minutes\n\n- The anvil moves to the second hall.\n- Who orders the rockets is open.\n",
    publish: false,
  },
];

/** In whichever state: who deleted one does not want it back. */
const states = [DocumentState.DRAFT, DocumentState.PUBLISHED, DocumentState.ARCHIVED, DocumentState.DELETED];

/** Makes the documents that are not there, and finishes those that an interrupted start left half made. */
export async function seedDocuments(documents: Documents): Promise<void> {
  for (const { example, title, description, text, publish } of examples) {
    const labels = { example };
    const { documents: found } = await documents.listDocuments({ filter: { labels, states }, pageSize: 1 });
    const document =
      found[0] ??
      (
        await documents.createDocument({
          document: { title, description, labels },
          idempotencyKey: randomUUID(),
        })
      ).document;
    // Nothing makes a draft of a published one: a draft is as new, or as an interrupted start left it.
    if (document?.state !== DocumentState.DRAFT) {
      continue;
    }
    const { documentId, headRevision } = document;
    if (headRevision === undefined) {
      await uploadContent(documents, {
        documentId,
        content: bytesContent(new TextEncoder().encode(text)),
        mediaType: "text/markdown",
        fileName: `${example}.md`,
      });
    }
    if (publish) {
      await documents.publishDocument({ documentId });
    }
  }
}
