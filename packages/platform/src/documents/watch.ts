import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { DocumentEvent } from "@partner/document/v1";
import type { Documents } from "./connect.ts";
import { createResumption, type ResumeOptions } from "./resume.ts";

/** A change, and where the watcher is after it. */
export interface Change {
  readonly cursor: string;
  readonly event: DocumentEvent;
}

/** What to watch. */
export interface WatchOptions extends ResumeOptions {
  /** Where to start: a `watch_cursor` of a list, or of a change. Default: with the next change. */
  readonly cursor?: string;
  /** Is told when the watcher has been sent everything up to now. */
  readonly onCaughtUp?: () => void;
}

/** Follows changes until the signal aborts, over as many streams as it takes, none skipped and none repeated. */
export async function* watchChanges(documents: Documents, options: WatchOptions): AsyncGenerator<Change> {
  const { signal, onCaughtUp, onResume } = options;
  let last = "the start";
  const resumption = createResumption(options);
  let { cursor = "" } = options;
  while (signal?.aborted !== true) {
    try {
      const request = { cursor, heartbeatInterval: durationFromMs(5000) };
      const stream = documents.watchDocuments(request, { timeoutMs: 0, ...(signal && { signal }) });
      for await (const response of stream) {
        cursor = response.cursor;
        resumption.progress();
        if (response.message.case === "event") {
          last = `change ${response.message.value.sequence}`;
          yield { cursor, event: response.message.value };
        } else if (response.message.case === "heartbeat") {
          onCaughtUp?.();
        }
      }
    } catch (reason) {
      if (signal?.aborted) {
        return;
      }
      onResume?.(await resumption.next(reason), last);
    }
  }
}
