import { createHash } from "node:crypto";
import type { Revision } from "@partner/document/v1";
import { PlatformError } from "../errors.ts";
import type { Documents } from "./connect.ts";
import { createResumption, type ResumeOptions } from "./resume.ts";

/**
 * The content of a document's head revision, over as many streams as it takes: each goes on with the first missing byte of the
 * same revision. Ends well only if size and SHA-256 are right.
 *
 * @throws PlatformError `content_damaged`
 */
export async function* downloadContent(
  documents: Documents,
  documentId: string,
  options: ResumeOptions = {},
): AsyncGenerator<Uint8Array> {
  const { signal, onResume } = options;
  const resumption = createResumption(options);
  const hash = createHash("sha256");
  let revision: Revision | undefined;
  let at = 0n;
  do {
    try {
      const request = { documentId, revisionId: revision?.revisionId ?? "", offset: at };
      const stream = documents.downloadContent(request, { timeoutMs: 0, ...(signal && { signal }) });
      for await (const { message } of stream) {
        if (message.case === "header") {
          revision ??= message.value.revision;
        } else if (message.case === "chunk") {
          const { data } = message.value;
          resumption.progress();
          hash.update(data);
          at += BigInt(data.length);
          yield data;
        }
      }
      break;
    } catch (reason) {
      onResume?.(await resumption.next(reason), `byte ${at}`);
    }
  } while (revision === undefined || at < revision.sizeBytes);
  const expected = Buffer.from(revision?.digest?.value ?? []);
  if (at !== revision?.sizeBytes || !hash.digest().equals(expected)) {
    throw new PlatformError("content_damaged", `what came of document ${documentId} is not its content`);
  }
}
