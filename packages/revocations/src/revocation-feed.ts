import { setTimeout } from "node:timers/promises";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { IdentityService } from "@partner/identity/service/v1";
import { RevocationFeedError } from "./errors.ts";
import {
  identifyByClaims,
  type RevocablePrincipal,
  type RevocationFeedEvent,
  type RevocationFeedOptions,
} from "./options.ts";
import { RevocationSet } from "./revocation-set.ts";

/** Revoked tokens, as they are revoked. Goes into `jwtGate({ revoked })`. */
export interface RevocationFeed {
  /**
   * Whether the principal's token was revoked, from memory. Throws `RevocationFeedError` (`not_caught_up`, `stale`), on which
   * the gate refuses the call with Unavailable: not to know is not to accept.
   */
  isRevoked(principal: RevocablePrincipal): boolean;
  /** Calls the listener after each revocation. Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Resolves when all revocations up to now are known. Rejects with `closed`. Wait for it before you listen. */
  readonly ready: Promise<void>;
  /** Whether `isRevoked` answers now: for a health check. */
  isFresh(): boolean;
  /** Ends the stream. */
  close(): Promise<void>;
}

const firstWaitMs = 100;
const longestWaitMs = 5000;
/** How far clocks may differ before an expired revocation is forgotten too early. */
const clockToleranceMs = 60_000;

/** Follows the revocations of the identity service until it is closed, over any number of streams. */
export function revocationFeed(options: RevocationFeedOptions): RevocationFeed {
  const {
    transport,
    heartbeatMs = 5000,
    maxStaleMs = 300_000,
    identify = identifyByClaims,
    onEvent = () => undefined,
    now = () => performance.now(),
    wallNow = Date.now,
    sleep = (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }),
    random = Math.random,
  } = options;
  const client = createClient(IdentityService, transport);
  const known = new RevocationSet();
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  let freshAt: number | undefined;
  let cursor = "";
  let failures = 0;

  const tell = (event: RevocationFeedEvent): void => {
    try {
      onEvent(event);
    } catch {
      // Revocations count for more than what is logged of them.
    }
  };

  const follow = async (): Promise<void> => {
    let caughtUp = false;
    for await (const { cursor: position, message } of watch()) {
      if (message.case === "revocation" && known.add(message.value)) {
        for (const listener of [...listeners]) {
          listener();
        }
      }
      if (position !== "") {
        cursor = position;
      }
      if (caughtUp || message.case === "heartbeat") {
        // Heartbeats come only when nothing else does.
        freshAt = now();
      }
      if (message.case === "heartbeat") {
        failures = 0;
        known.prune(wallNow() - clockToleranceMs);
        if (!caughtUp) {
          caughtUp = true;
          ready.resolve();
          tell({ kind: "caught_up", size: known.size });
        }
      }
    }
  };

  /** The messages of one stream, which fails when nothing comes for too long. */
  async function* watch() {
    const stream = new AbortController();
    const stop = (): void => stream.abort(closing.signal.reason);
    closing.signal.addEventListener("abort", stop);
    try {
      const request = { cursor, heartbeatInterval: durationFromMs(heartbeatMs) };
      // 0: a stream without an end has no deadline, whatever the transport's default is.
      const messages = client.watchRevocations(request, { signal: stream.signal, timeoutMs: 0 });
      const iterator = messages[Symbol.asyncIterator]();
      for (;;) {
        const timer = new AbortController();
        const silence = sleep(2 * heartbeatMs, timer.signal).then(
          () => stream.abort(new ConnectError("the stream fell silent", Code.Unavailable)),
          () => undefined,
        );
        const result = await iterator.next().finally(() => timer.abort());
        await silence;
        if (result.done === true) {
          return;
        }
        yield result.value;
      }
    } finally {
      closing.signal.removeEventListener("abort", stop);
      stream.abort();
    }
  }

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      let cause: unknown;
      try {
        await follow();
      } catch (reason) {
        cause = reason;
        const { code } = ConnectError.from(reason);
        if (code === Code.OutOfRange || code === Code.InvalidArgument) {
          cursor = "";
        }
      }
      if (!closing.signal.aborted) {
        const most = Math.min(firstWaitMs * 2 ** failures++, longestWaitMs);
        const waitMs = most * (0.5 + random() / 2);
        tell({ kind: "broken", cause, waitMs });
        await sleep(waitMs, closing.signal).catch(() => undefined);
      }
    }
  };
  const running = run();

  const isFresh = (): boolean => freshAt !== undefined && now() - freshAt <= maxStaleMs;
  return {
    ready: ready.promise,
    isFresh,
    isRevoked(principal) {
      if (freshAt === undefined) {
        throw new RevocationFeedError("not_caught_up", "the revocations are not known yet");
      }
      if (!isFresh()) {
        throw new RevocationFeedError("stale", "the identity service has not been heard of for too long");
      }
      return known.has(identify(principal));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort(new RevocationFeedError("closed", "the feed was closed"));
      ready.reject(closing.signal.reason);
      await running;
    },
  };
}
