import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError, Interceptor, StreamRequest, StreamResponse } from "@connectrpc/connect";
import { abortable, abortReason, linkSignal } from "../../internal/abort.ts";
import type { Sleep } from "../../internal/time.ts";
import { nextStream } from "../../internal/unary-or-stream.ts";
import type { Revocations } from "./options.ts";
import type { Principal } from "./principal.ts";

/** What bounds a stream. */
export interface StreamLifetimeOptions {
  readonly toleranceMs: number;
  readonly revocations: Revocations | undefined;
  /** The error that a stream ends with. */
  readonly ended: () => ConnectError;
  /** The error of a stream that cannot be watched. */
  readonly fault: (method: DescMethod, cause: unknown) => ConnectError;
  readonly wallNow: () => number;
  readonly sleep: Sleep;
}

/** Runs a stream until it ends by itself, or its token does. */
export type BoundStream = (
  next: Parameters<Interceptor>[0],
  request: StreamRequest,
  principal: Principal<unknown>,
) => Promise<StreamResponse>;

// The wall clock may be set while a stream is open, and setTimeout cannot wait for more than 24 days.
const longestWaitMs = 60_000;

/**
 * Ends a stream when its token does, whatever its handler waits for: the answer ends with the error, requests fail with it,
 * and the handler's signal aborts.
 */
export function createStreamLifetime(options: StreamLifetimeOptions): BoundStream {
  const { toleranceMs, revocations, wallNow, sleep } = options;
  const streams = new Set<() => void>();
  let stopListening: (() => void) | undefined;
  const checkAll = (): void => {
    for (const check of [...streams]) {
      check();
    }
  };

  return async (next, request, principal) => {
    const link = linkSignal(request.signal);
    const timer = new AbortController();
    let answers: AsyncIterator<unknown> | undefined;
    const close = (): void => {
      link.unlink();
      timer.abort();
      streams.delete(check);
      if (streams.size === 0) {
        stopListening?.();
        stopListening = undefined;
      }
    };
    const end = (): void => {
      close();
      link.abort(options.ended());
      // A handler that waits for a slow reader, at a `yield`, sees no signal. It is not waited for: it may be at an `await`.
      void answers?.return?.().catch(() => undefined);
    };
    const check = (): void => {
      if (revoked(revocations, principal)) {
        end();
      }
    };
    if (revocations !== undefined) {
      try {
        stopListening ??= revocations.onChange(checkAll);
      } catch (cause) {
        link.unlink();
        throw options.fault(request.method, cause);
      }
    }
    streams.add(check);
    // It may have been revoked since the gate asked.
    check();
    if (link.signal.aborted) {
      finish();
      throw abortReason(link.signal);
    }
    void waitUntil(principal.expiresAtMs + toleranceMs, timer.signal).then(end, () => undefined);
    request.signal.addEventListener("abort", close, { once: true });

    try {
      const bound = { ...request, message: pass(request.message, link.signal), signal: link.signal };
      const response = await abortable(nextStream(next, bound as StreamRequest), link.signal);
      answers = response.message[Symbol.asyncIterator]();
      return { ...response, message: deliver(answers, link.signal, finish) } as StreamResponse;
    } catch (error) {
      finish();
      throw error;
    }

    function finish(): void {
      close();
      request.signal.removeEventListener("abort", close);
    }
  };

  async function waitUntil(at: number, signal: AbortSignal): Promise<void> {
    for (let left = at - wallNow(); left > 0; left = at - wallNow()) {
      await sleep(Math.min(left, longestWaitMs), signal);
    }
  }
}

/** The requests, until the signal aborts. */
async function* pass(messages: AsyncIterable<unknown>, signal: AbortSignal) {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await abortable(iterator.next(), signal);
      if (result.done === true) {
        return;
      }
      yield result.value;
    }
  } finally {
    // Not waited for: the iterator may wait for a client that sends nothing.
    void iterator.return?.().catch(() => undefined);
  }
}

/** The answers, until the signal aborts. */
async function* deliver(iterator: AsyncIterator<unknown>, signal: AbortSignal, finish: () => void) {
  try {
    for (;;) {
      const result = await abortable(iterator.next(), signal);
      if (result.done === true) {
        return;
      }
      if (signal.aborted) {
        throw abortReason(signal);
      }
      yield result.value;
    }
  } finally {
    finish();
    void iterator.return?.().catch(() => undefined);
  }
}

/** A list that cannot be read says nothing about a stream that was admitted: its token's end bounds it. */
function revoked(revocations: Revocations | undefined, principal: Principal<unknown>): boolean {
  try {
    return revocations?.isRevoked(principal) ?? false;
  } catch {
    return false;
  }
}
