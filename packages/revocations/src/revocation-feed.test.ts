import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import {
  IdentityService,
  type WatchRevocationsRequest,
  type WatchRevocationsResponse,
  WatchRevocationsResponseSchema,
} from "@partner/identity/service/v1";
import type { Revocations } from "@wirehouse/interceptors/auth/server";
import { createTestClock } from "@wirehouse/testkit";
import { expect, it } from "vitest";
import { type RevocationFeedEvent, type RevocationFeedOptions, revocationFeed } from "./index.ts";

/** An identity service that sends what a test tells it to. */
function startFeed(options: Partial<RevocationFeedOptions> = {}) {
  const clock = createTestClock();
  const streams: { request: WatchRevocationsRequest; send: (message: Message) => void }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const events: RevocationFeedEvent[] = [];
  const told: { count: number; resolve: () => void }[] = [];
  const settle = (list: { count: number; resolve: () => void }[], reached: number) => {
    for (const { count, resolve } of list) {
      if (reached >= count) {
        resolve();
      }
    }
  };
  const transport = createRouterTransport(({ service }) => {
    service(IdentityService, {
      async *watchRevocations(request, { signal }) {
        const queue: Message[] = [];
        let wake = (): void => undefined;
        signal.addEventListener("abort", () => wake());
        streams.push({
          request,
          send: (message) => {
            queue.push(message);
            wake();
          },
        });
        settle(waiting, streams.length);
        while (!signal.aborted) {
          const message = queue.shift();
          if (message instanceof ConnectError) {
            throw message;
          }
          if (message === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          } else {
            yield message;
          }
        }
      },
    });
  });
  const feed = revocationFeed({
    transport,
    heartbeatMs: 1000,
    maxStaleMs: 10_000,
    now: clock.now,
    wallNow: clock.wallNow,
    sleep: clock.sleep,
    random: () => 0,
    onEvent: (event) => {
      events.push(event);
      settle(told, events.length);
    },
    ...options,
  });
  return {
    clock,
    feed,
    events,
    /** The stream with this number, from 0, once it is open. */
    async stream(index: number) {
      await new Promise<void>((resolve) => {
        waiting.push({ count: index + 1, resolve });
        settle(waiting, streams.length);
      });
      return streams[index] as (typeof streams)[number];
    },
    untilEvents: (count: number) =>
      new Promise<void>((resolve) => {
        told.push({ count, resolve });
        settle(told, events.length);
      }),
    change: () =>
      new Promise<void>((resolve) => {
        const stop = feed.onChange(() => {
          stop();
          resolve();
        });
      }),
  };
}

type Message = WatchRevocationsResponse | ConnectError;

const heartbeat = (cursor: string): Message =>
  create(WatchRevocationsResponseSchema, { cursor, message: { case: "heartbeat", value: {} } });

const start = Date.UTC(2026, 0, 1);

function revocation(
  target: "tokenId" | "sessionId" | "serviceAccountId" | "partnerId",
  value: string,
  { cursor = "", expireAt = start + 600_000 } = {},
): Message {
  const times = { revokeTime: timestampFromMs(start), expireTime: timestampFromMs(expireAt) };
  const message = { case: "revocation", value: { target: { case: target, value }, ...times } } as const;
  return create(WatchRevocationsResponseSchema, { cursor, message });
}

const principal = (changes: { issuedAtMs?: number | undefined } & Record<string, unknown> = {}) =>
  ({
    subject: "account",
    issuer: "https://id.test",
    audience: [],
    scopes: new Set<string>(),
    tokenId: "token",
    issuedAtMs: start as number | undefined,
    expiresAtMs: start + 600_000,
    claims: { partner: "partner", sid: "session" } as unknown,
    ...changes,
  }) as const;

it("fits the gate", () => {
  const { feed } = startFeed();
  const revocations: Revocations = feed;
  expect(revocations.isRevoked).toBeTypeOf("function");
  return feed.close();
});

it("knows nothing, and says so, until the first heartbeat", async () => {
  const { feed, stream, change } = startFeed();
  const changed = change();
  const { send } = await stream(0);
  send(revocation("tokenId", "other"));
  await changed;
  expect(feed.isFresh()).toBe(false);
  expect(() => feed.isRevoked(principal())).toThrow(expect.objectContaining({ code: "not_caught_up" }));
  send(heartbeat("1"));
  await feed.ready;
  expect(feed.isRevoked(principal())).toBe(false);
  expect(feed.isRevoked(principal({ tokenId: "other" }))).toBe(true);
  await feed.close();
});

it.each([
  ["tokenId", "token", true, true],
  ["sessionId", "session", true, true],
  ["serviceAccountId", "account", true, false],
  ["partnerId", "partner", true, false],
  ["tokenId", "session", false, false],
  ["partnerId", "account", false, false],
] as const)("a revocation of %s %s: of its second %s, issued later %s", async (target, id, now, later) => {
  const { feed, stream } = startFeed();
  const { send } = await stream(0);
  send(revocation(target, id));
  send(heartbeat("1"));
  await feed.ready;
  expect(feed.isRevoked(principal())).toBe(now);
  expect(feed.isRevoked(principal({ issuedAtMs: start + 1000 }))).toBe(later);
  expect(feed.isRevoked(principal({ issuedAtMs: undefined }))).toBe(now);
  await feed.close();
});

it("starts again with the last cursor when the stream breaks, and without one when that is too old", async () => {
  const { clock, feed, stream, events, untilEvents } = startFeed();
  const first = await stream(0);
  expect(first.request.cursor).toBe("");
  first.send(revocation("tokenId", "token"));
  first.send(heartbeat("one"));
  await feed.ready;
  first.send(new ConnectError("gone", Code.Unavailable));
  await untilEvents(2);
  clock.advance(50);
  const second = await stream(1);
  expect(second.request.cursor).toBe("one");
  second.send(new ConnectError("old", Code.OutOfRange));
  await untilEvents(3);
  clock.advance(100);
  const third = await stream(2);
  expect(third.request.cursor).toBe("");
  // What is known stays known meanwhile.
  expect(feed.isRevoked(principal())).toBe(true);
  expect(events.map((event) => (event.kind === "broken" ? event.waitMs : event.size))).toEqual([1, 50, 100]);
  await feed.close();
});

it("a stream that falls silent is taken for dead after two heartbeats", async () => {
  const { clock, feed, stream, untilEvents } = startFeed();
  const { send } = await stream(0);
  send(heartbeat("one"));
  await feed.ready;
  await clock.untilSleeping(1);
  clock.advance(2000);
  await untilEvents(2);
  clock.advance(50);
  expect((await stream(1)).request.cursor).toBe("one");
  await feed.close();
});

it("answers while the service is away, for as long as it may", async () => {
  const { clock, feed, stream, untilEvents } = startFeed();
  const { send } = await stream(0);
  send(heartbeat("one"));
  await feed.ready;
  send(new ConnectError("gone", Code.Unavailable));
  await untilEvents(2);
  clock.advance(10_000);
  expect(feed.isRevoked(principal())).toBe(false);
  clock.advance(1);
  expect(() => feed.isRevoked(principal())).toThrow(expect.objectContaining({ code: "stale" }));
  (await stream(1)).send(heartbeat("two"));
  await untilEvents(3);
  expect(feed.isFresh()).toBe(true);
  await feed.close();
});

it("forgets a revocation when the last token concerned has expired for a minute", async () => {
  const { clock, feed, stream, change } = startFeed();
  const { send } = await stream(0);
  send(revocation("tokenId", "token", { expireAt: start + 1000 }));
  send(heartbeat("one"));
  await feed.ready;
  clock.stepWall(61_001);
  send(heartbeat("two"));
  const changed = change();
  send(revocation("tokenId", "later", { cursor: "three" }));
  await changed;
  expect(feed.isRevoked(principal())).toBe(false);
  expect(feed.isRevoked(principal({ tokenId: "later" }))).toBe(true);
  await feed.close();
});

it("closed before it had caught up: whoever waits is told", async () => {
  const { feed } = startFeed();
  await feed.close();
  await expect(feed.ready).rejects.toMatchObject({ code: "closed" });
});
