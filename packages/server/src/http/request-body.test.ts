import { PassThrough } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { createRequestBody } from "./request-body.ts";

it("ends a read that waits in the middle of a message when the rest is discarded, and leaves no timer", async () => {
  const readable = new PassThrough();
  const body = createRequestBody({ readable, signal: new AbortController().signal, received: () => false });
  body.limit(60_000, "enveloped");
  const reader = body[Symbol.asyncIterator]();
  readable.write(Uint8Array.of(0, 0, 0, 0, 9, 1));
  await reader.next();
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const waiting = reader.next().then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason).code,
  );
  expect(timers()).toBe(before + 1);
  body.discard();
  expect(await waiting).toBe(Code.Canceled);
  expect(timers()).toBe(before);
});
