import { type Duration, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { IdentityService } from "@partner/identity/service/v1";
import { IdentityError } from "../domain/errors.ts";
import { toRevocation } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";

type Handlers = Pick<ServiceImpl<typeof IdentityService>, "watchRevocations">;

const defaultHeartbeatMs = 15_000;
const cursorLifetimeMs = 24 * 60 * 60 * 1000;
/** How many revocations are read at a time. */
const batch = 500;
const purpose = ["WatchRevocations"];

export function watchHandler({ store, now, monotonicNow, tokens, news, draining }: RpcDeps): Handlers {
  return {
    async *watchRevocations(request, context) {
      const signal = AbortSignal.any([context.signal, draining]);
      const heartbeatMs = intervalOf(request.heartbeatInterval);
      let position = request.cursor === "" ? 0 : open(request.cursor);
      if (request.cursor === "") {
        // Sequences are in the order of commits, so what is there up to this one is all there will ever be up to it.
        const upTo = await store.read((tx) => tx.revocations.lastSequence());
        yield* stillNeeded(upTo);
        position = upTo;
      }
      // Before the first heartbeat a stream without a cursor has none: what it began with may not all have arrived.
      let caughtUp = request.cursor !== "";
      let sentAt: number | undefined;
      for (;;) {
        context.signal.throwIfAborted();
        if (draining.aborted) {
          throw new ConnectError("the server is shutting down: go on with the cursor", Code.Unavailable);
        }
        // Also read before each heartbeat: none must be sent while the database cannot be asked.
        const after = position;
        const found = await store.read((tx) => tx.revocations.since({ after, limit: batch }));
        for (const revocation of found) {
          position = revocation.sequence;
          yield message(caughtUp ? position : undefined, revocation);
          sentAt = sentAt === undefined ? undefined : monotonicNow();
        }
        if (found.length > 0) {
          continue;
        }
        if (sentAt === undefined || monotonicNow() - sentAt >= heartbeatMs) {
          const sendTime = timestampFromMs(now());
          yield { cursor: seal(position), message: { case: "heartbeat", value: { sendTime } } };
          caughtUp = true;
          sentAt = monotonicNow();
        }
        await news.wait(position, heartbeatMs - (monotonicNow() - sentAt), signal);
      }
    },
  };

  /** The revocations up to a sequence that have not expired. */
  async function* stillNeeded(upTo: number) {
    for (let after = 0; ; ) {
      const query = { after, upTo, neededAt: now(), limit: batch };
      const found = await store.read((tx) => tx.revocations.since(query));
      for (const revocation of found) {
        after = revocation.sequence;
        yield message(undefined, revocation);
      }
      if (found.length < batch) {
        return;
      }
    }
  }

  function message(sequence: number | undefined, revocation: Parameters<typeof toRevocation>[0]) {
    const value = toRevocation(revocation);
    return {
      cursor: sequence === undefined ? "" : seal(sequence),
      message: { case: "revocation" as const, value },
    };
  }

  function seal(sequence: number): string {
    return tokens.seal(purpose, sequence);
  }

  function open(cursor: string): number {
    const opened = tokens.open<number>(purpose, cursor);
    if (opened === undefined) {
      throw new IdentityError("invalid_argument", "cursor: not one of this RPC: start without one", {
        fields: { field: "cursor", rule: "cursor.unknown" },
      });
    }
    if (now() - opened.madeAt > cursorLifetimeMs) {
      throw new IdentityError("cursor_expired", "the cursor is older than 24 hours: start without one");
    }
    return opened.content;
  }
}

function intervalOf(duration: Duration | undefined): number {
  return duration === undefined ? defaultHeartbeatMs : durationMs(duration);
}
