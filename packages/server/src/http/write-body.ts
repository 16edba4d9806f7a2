import type { Writable } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";

/** Writes the rest of a body, no faster than the client reads. Rejects when the client leaves, and with what the body throws. */
export async function writeRest(
  stream: Writable,
  body: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array>,
): Promise<void> {
  for (let chunk = first; chunk.done !== true; chunk = await body.next()) {
    if (stream.destroyed || stream.writableEnded) {
      throw clientGone(stream);
    }
    if (!stream.write(chunk.value)) {
      await drained(stream);
    }
  }
}

/** Why writing to a stream is over. */
export function clientGone(stream: Writable): ConnectError {
  return new ConnectError("the client is gone", Code.Canceled, undefined, undefined, stream.errored);
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      stream.off("drain", settle).off("close", settle).off("error", settle);
      stream.destroyed ? reject(clientGone(stream)) : resolve();
    };
    stream.on("drain", settle).on("close", settle).on("error", settle);
    if (stream.destroyed) {
      settle();
    }
  });
}

/** Waits until everything is handed to the operating system, or the client is gone. */
export function sent(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableFinished || stream.destroyed) {
      resolve();
    } else {
      stream.once("finish", resolve).once("close", resolve);
    }
  });
}
