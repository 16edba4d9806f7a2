import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  SyncChange,
  SyncDocumentsRequestSchema,
  SyncMutationSchema,
  SyncResult,
} from "@partner/document/service/v1";
import type { Documents } from "./connect.ts";
import { createResumption, type ResumeOptions } from "./resume.ts";

type Mutation = MessageInitShape<typeof SyncMutationSchema>;
type Message = MessageInitShape<typeof SyncDocumentsRequestSchema>;

/** A copy of documents that is kept in step, both ways. */
export interface Sync {
  /** Makes a change; resolves with what became of it. It is made once, however often the stream breaks. */
  mutate(operation: NonNullable<Mutation["operation"]>): Promise<SyncResult>;
  /** Resolves when the signal aborts; rejects when the stream cannot be taken up again. */
  readonly done: Promise<void>;
}

/** Where to start, and who wants to know. */
export interface SyncOptions extends ResumeOptions {
  /** A `watch_cursor` of a list. */
  readonly cursor: string;
  readonly onChange: (change: SyncChange) => void;
  readonly signal: AbortSignal;
}

/** Keeps in step until the signal aborts, over as many streams as it takes. */
export function syncDocuments(documents: Documents, options: SyncOptions): Sync {
  const { onChange, onResume, signal } = options;
  let last = "the start";
  const clientId = randomUUID();
  const resumption = createResumption(options);
  /** Those without a result, in the order in which they were made: each stream begins with them. */
  const open = new Map<string, { message: Message; answered: (result: SyncResult) => void }>();
  let { cursor } = options;
  let wake = (): void => undefined;

  async function* messages(over: AbortSignal): AsyncGenerator<Message> {
    const start = { clientId, cursor, heartbeatInterval: { seconds: 5n } };
    yield { message: { case: "start", value: start } };
    const sent = new Set<string>();
    while (!over.aborted) {
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const [mutationId, { message }] of open) {
        if (!sent.has(mutationId)) {
          sent.add(mutationId);
          yield message;
        }
      }
      await more;
    }
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const over = new AbortController();
      try {
        for await (const { cursor: position, message } of documents.syncDocuments(messages(over.signal), {
          timeoutMs: 0,
          signal,
        })) {
          cursor = position;
          resumption.progress();
          if (message.case === "change") {
            last = `change ${message.value.event?.sequence}`;
            onChange(message.value);
          } else if (message.case === "result") {
            open.get(message.value.mutationId)?.answered(message.value);
            open.delete(message.value.mutationId);
          }
        }
      } catch (reason) {
        if (signal.aborted) {
          return;
        }
        onResume?.(await resumption.next(reason), `${last}, ${open.size} of its own unanswered`);
      } finally {
        over.abort();
        wake();
      }
    }
  };

  return {
    done: run(),
    mutate(operation) {
      const mutationId = randomUUID();
      return new Promise((resolve) => {
        const message: Message = { message: { case: "mutation", value: { mutationId, operation } } };
        open.set(mutationId, { message, answered: resolve });
        wake();
      });
    },
  };
}
