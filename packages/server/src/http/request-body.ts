import type { Readable } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMessageTracker } from "./message-tracker.ts";

/** How messages lie in a body: one message alone, or each after a prefix of five bytes (gRPC, and streams of Connect). */
export type Framing = "whole" | "enveloped";

/** The body of a request. It is read chunk by chunk, only while somebody waits for a chunk. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** Whether reading has begun. */
  readonly started: boolean;
  /** Whether nothing is left to read. */
  readonly ended: boolean;
  /** Lets go of what is left, unread; a read that waits ends with `Canceled`. As long as somebody may want it, Node.js keeps a stream, even one that was reset. */
  discard(): void;
  /** Limits the time in which a message must arrive. Set before reading begins. */
  limit(messageTimeoutMs: number, framing: Framing): void;
}

/** What a body reads from. */
export interface BodySource {
  readonly readable: Readable;
  readonly signal: AbortSignal;
  /** Whether the peer has sent all of it, read or not. */
  received(): boolean;
  /** Called before the first read. */
  onStart?: () => void;
}

/** Reads a stream without ever destroying it: the answer may still be due when reading stops. */
export function createRequestBody({ readable, signal, received, onStart }: BodySource): RequestBody {
  let started = false;
  let ended = false;
  let discarded = false;
  let timeoutMs = Number.POSITIVE_INFINITY;
  let tracker: ReturnType<typeof createMessageTracker> | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let wake: (() => void) | undefined;

  const changed = (): void => wake?.();
  const start = (): void => {
    started = true;
    onStart?.();
    readable.on("readable", changed).on("end", changed).on("close", changed).on("error", changed);
    signal.addEventListener("abort", changed, { once: true });
    if (tracker === undefined) {
      dueAt = performance.now() + timeoutMs;
    }
  };

  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (!started) {
      start();
    }
    for (;;) {
      if (signal.aborted) {
        throw signal.reason;
      }
      if (discarded) {
        throw new ConnectError("the rest of the request is not read", Code.Canceled);
      }
      const chunk = readable.read() as Uint8Array | null;
      if (chunk !== null) {
        if (tracker?.push(chunk) === "begun") {
          dueAt = performance.now() + timeoutMs;
        }
        return { done: false, value: chunk };
      }
      if (readable.readableEnded) {
        ended = true;
        return { done: true, value: undefined };
      }
      if (readable.errored !== null || readable.destroyed) {
        throw new ConnectError(
          "the request ended early",
          Code.Canceled,
          undefined,
          undefined,
          readable.errored,
        );
      }
      await arrival();
    }
  };

  /** Waits until there may be something to read. */
  async function arrival(): Promise<void> {
    const waits = tracker === undefined || tracker.insideMessage;
    const left = waits ? dueAt - performance.now() : Number.POSITIVE_INFINITY;
    if (left <= 0) {
      throw tooSlow();
    }
    let timer: NodeJS.Timeout | undefined;
    const timely = await new Promise<boolean>((resolve) => {
      wake = () => resolve(true);
      if (Number.isFinite(left)) {
        timer = setTimeout(() => resolve(false), left);
      }
    });
    wake = undefined;
    clearTimeout(timer);
    if (!timely) {
      throw tooSlow();
    }
  }

  function tooSlow(): ConnectError {
    return new ConnectError(`a request message did not arrive within ${timeoutMs} ms`, Code.DeadlineExceeded);
  }

  return {
    get started() {
      return started;
    },
    get ended() {
      return ended || (received() && readable.readableLength === 0);
    },
    discard() {
      readable.off("readable", changed).off("end", changed).off("close", changed).off("error", changed);
      signal.removeEventListener("abort", changed);
      discarded = true;
      // Whoever waits is told, or the timer of the wait would keep the process.
      wake?.();
      readable.resume();
    },
    limit(messageTimeoutMs, framing) {
      timeoutMs = messageTimeoutMs;
      tracker = framing === "enveloped" ? createMessageTracker() : undefined;
    },
    [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true, value: undefined }) }),
  };
}
