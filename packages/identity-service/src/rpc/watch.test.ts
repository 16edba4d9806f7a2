import { setImmediate } from "node:timers/promises";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { WatchRevocationsResponse } from "@partner/identity/service/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import {
  accessTokenMs,
  type IdentityClient,
  type IdentityFixture,
  type Member,
  newKey,
  startIdentity,
} from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

const heartbeatMs = 2000;

/** A stream that a test reads message by message. */
function watch(client: IdentityClient, cursor = "") {
  const controller = new AbortController();
  const request = { cursor, heartbeatInterval: durationFromMs(heartbeatMs) };
  const messages = client.watchRevocations(request, { signal: controller.signal });
  const iterator = messages[Symbol.asyncIterator]();
  const next = async (): Promise<WatchRevocationsResponse> => {
    const result = await iterator.next();
    expect.assert(result.done !== true);
    return result.value;
  };
  return {
    next,
    /** Reads up to the next heartbeat: the targets of the revocations before it, and its cursor. */
    async untilHeartbeat(): Promise<{ targets: string[]; cursors: string[]; cursor: string }> {
      const targets: string[] = [];
      const cursors: string[] = [];
      for (;;) {
        const { message, cursor } = await next();
        if (message.case === "heartbeat") {
          return { targets, cursors, cursor };
        }
        targets.push(String(message.value?.target.value));
        cursors.push(cursor);
      }
    },
    async stop(): Promise<void> {
      controller.abort();
      await iterator.next().catch(() => undefined);
    },
  };
}

async function revokeNew(identity: IdentityFixture, { client, account }: Member): Promise<string> {
  const { access } = await identity.signIn(account);
  await client.revokeTokens({
    target: { case: "tokenId", value: access.tokenId },
    idempotencyKey: newKey(),
  });
  return access.tokenId;
}

eachStore("WatchRevocations", (stores) => {
  it("first all that is still needed, then a heartbeat, then what is made", async () => {
    const identity = await startIdentity(stores);
    const member = await identity.join("acme");
    await revokeNew(identity, member);
    identity.clock.advance(accessTokenMs);
    const needed = [await revokeNew(identity, member), await revokeNew(identity, member)];
    const stream = watch(member.client);
    try {
      const begin = await stream.untilHeartbeat();
      expect(begin.targets).toEqual(needed);
      expect(begin.cursors).toEqual(["", ""]);
      expect(begin.cursor).not.toBe("");
      const live = stream.next();
      const made = await revokeNew(identity, member);
      const { message, cursor } = await live;
      expect(message).toMatchObject({ case: "revocation", value: { target: { value: made } } });
      expect(cursor.length).toBeLessThanOrEqual(256);
    } finally {
      await stream.stop();
    }
  });

  it("with a cursor, exactly those made since", async () => {
    const identity = await startIdentity(stores);
    const member = await identity.join("acme");
    await revokeNew(identity, member);
    const first = watch(member.client);
    const { cursor } = await first.untilHeartbeat();
    await first.stop();
    const made = [await revokeNew(identity, member), await revokeNew(identity, member)];
    const second = watch(member.client, cursor);
    const since = await second.untilHeartbeat();
    await second.stop();
    expect(since.targets).toEqual(made);
    const third = watch(member.client, since.cursors[0]);
    expect((await third.untilHeartbeat()).targets).toEqual(made.slice(1));
    await third.stop();
  });

  it("a heartbeat after each interval of silence, and only then", async () => {
    const identity = await startIdentity(stores);
    const member = await identity.join("acme");
    const stream = watch(member.client);
    try {
      await stream.untilHeartbeat();
      const live = stream.next();
      // The watcher's timer for the heartbeat, and the poll of the process.
      await identity.clock.untilSleeping(2);
      identity.clock.advance(heartbeatMs - 1);
      const made = await revokeNew(identity, member);
      expect((await live).message).toMatchObject({ value: { target: { value: made } } });
      const silent = stream.next();
      await identity.clock.untilSleeping(2);
      identity.clock.advance(heartbeatMs);
      expect((await silent).message.case).toBe("heartbeat");
    } finally {
      await stream.stop();
    }
  });

  it("a cursor older than 24 hours: OUT_OF_RANGE; of something else: INVALID_ARGUMENT", async () => {
    const identity = await startIdentity(stores);
    const { client } = await identity.join("acme");
    const stream = watch(client);
    const { cursor } = await stream.untilHeartbeat();
    await stream.stop();
    const start = async (from: string) => {
      const again = watch(client, from);
      const failure = await failureOf(again.next());
      await again.stop();
      return failure;
    };
    expect(await start("made up")).toBe("InvalidArgument cursor.unknown");
    const { nextPageToken } = await client.listTokens({
      serviceAccountId: (await client.whoAmI({})).serviceAccount?.serviceAccountId ?? "",
      pageSize: 1,
    });
    expect(await start(nextPageToken)).toBe("InvalidArgument cursor.unknown");
    identity.clock.advance(24 * 3_600_000);
    expect(await start(cursor)).toBe("OK");
    identity.clock.advance(1);
    expect(await start(cursor)).toBe("OutOfRange CURSOR_EXPIRED");
  });

  it("ends with UNAVAILABLE when the server begins to close", async () => {
    const identity = await startIdentity(stores);
    const stream = watch((await identity.join("acme")).client);
    await stream.untilHeartbeat();
    const next = stream.next();
    await identity.clock.untilSleeping(2);
    identity.draining.abort();
    expect(await failureOf(next)).toBe("Unavailable");
  });

  it("a heartbeat interval under a second: INVALID_ARGUMENT", async () => {
    const { client } = await (await startIdentity(stores)).join("acme");
    const stream = client.watchRevocations({ heartbeatInterval: durationFromMs(999) });
    const next = stream[Symbol.asyncIterator]().next();
    expect(await failureOf(next)).toBe("InvalidArgument duration.gte_lte");
  });

  it("none is skipped while two replicas revoke at once and watchers move between them", async () => {
    const url = await stores.url();
    const one = await startIdentity(stores, { url });
    const two = await startIdentity(stores, { url, clock: one.clock });
    const member = await one.join("acme");
    const moved = two.as(member.caller);
    const sessions = await Promise.all(Array.from({ length: 40 }, () => one.signIn(member.account)));
    const seen = new Set<string>();
    let cursor = "";
    const revoked = Promise.all(
      sessions.map(({ access }, index) =>
        (index % 2 === 0 ? member.client : moved).revokeTokens({
          target: { case: "sessionId", value: access.sessionId },
          idempotencyKey: newKey(),
        }),
      ),
    );
    let settled = false;
    const done = revoked.finally(() => {
      settled = true;
    });
    for (let turn = 0; ; turn++) {
      // In one process nothing here waits for anything but promises: without this, timers would not run.
      await setImmediate();
      const last = settled;
      const stream = watch(turn % 2 === 0 ? moved : member.client, cursor);
      const found = await stream.untilHeartbeat();
      await stream.stop();
      for (const target of found.targets) {
        seen.add(target);
      }
      cursor = found.cursor;
      if (last) {
        break;
      }
    }
    await done;
    expect(seen).toEqual(new Set(sessions.map(({ access }) => access.sessionId)));
    const sequences = (await one.events(member.partner.partnerId)).map(({ sequence }) => Number(sequence));
    expect(sequences).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});
