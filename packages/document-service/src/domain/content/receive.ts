import type { UploadContentRequest } from "@partner/document/service/v1";
import type { News } from "../changes/news.ts";
import type { Context } from "../context.ts";
import { done, failed, type Outcome } from "../outcome.ts";
import type { Store } from "../store.ts";
import { ContentWriter, type Finished } from "./content-writer.ts";

/**
 * Takes the messages of one stream of UploadContent: start, chunks, finish. However it ends, what arrived is kept. An error
 * of the stream itself passes through.
 */
export async function receiveContent(
  store: Store,
  news: News,
  context: Context,
  messages: AsyncIterable<UploadContentRequest>,
): Promise<Outcome<Finished>> {
  const stream = messages[Symbol.asyncIterator]();
  const first = await stream.next();
  if (first.done || first.value.message.case !== "start") {
    return outOfOrder("the first message must be start");
  }
  const opened = await ContentWriter.open(store, context, first.value.message.value.uploadId);
  if (!opened.ok) {
    return opened;
  }
  const writer = opened.value;
  const ended = new AbortController();
  const next = interruptible(stream, untilSuperseded(writer, news, context.partnerId, ended.signal));
  try {
    return await receive(writer, next);
  } finally {
    ended.abort();
    // What arrived before the stream broke is kept. That it could not be is of no use to a client that is gone.
    await writer.flush().catch(() => undefined);
  }
}

type Next = () => Promise<IteratorResult<UploadContentRequest> | "superseded">;

async function receive(writer: ContentWriter, nextOf: Next): Promise<Outcome<Finished>> {
  for (;;) {
    const next = await nextOf();
    if (next === "superseded") {
      return await writer.whySuperseded();
    }
    if (next.done) {
      const kept = await writer.flush();
      return kept.ok ? done({ upload: kept.value, revision: undefined }) : kept;
    }
    const { message } = next.value;
    if (message.case === "chunk") {
      const added = await writer.add(message.value);
      if (!added.ok) {
        return added;
      }
    } else if (message.case === "finish") {
      // Only what is the last message is carried out.
      const end = await nextOf();
      if (end === "superseded") {
        return await writer.whySuperseded();
      }
      return end.done ? await writer.finish(message.value) : outOfOrder("finish must be the last message");
    } else {
      return outOfOrder("only the first message may be start");
    }
  }
}

/** The next message, or that waiting for it is over. Not a race per message: each would hang on `superseded` for good. */
function interruptible(stream: AsyncIterator<UploadContentRequest>, superseded: Promise<boolean>): Next {
  let isSuperseded = false;
  let interrupt: (() => void) | undefined;
  void superseded.then((result) => {
    isSuperseded = result;
    interrupt?.();
  });
  return () =>
    new Promise((resolve, reject) => {
      interrupt = () => isSuperseded && resolve("superseded");
      interrupt();
      if (!isSuperseded) {
        stream.next().then(resolve, reject);
      }
    });
}

/** Resolves with true once another stream, here or in another replica, took over; with false when the signal aborts. */
async function untilSuperseded(
  writer: ContentWriter,
  news: News,
  partnerId: string,
  signal: AbortSignal,
): Promise<boolean> {
  using subscription = news.subscribe(partnerId);
  for (;;) {
    const seen = subscription.version;
    // While the store cannot be asked, it cannot be written to either, and the writer finds out.
    if (await writer.isSuperseded().catch(() => false)) {
      return true;
    }
    if (!(await subscription.changed(seen, signal))) {
      return false;
    }
  }
}

function outOfOrder(message: string) {
  return failed({ kind: "invalid", field: "message", rule: "upload_content.order", message });
}
