import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import {
  DocumentFilterSchema,
  DocumentService,
  type WatchDocumentsResponseSchema,
} from "@partner/document/service/v1";
import { createTestClock } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { type Connection, follow } from "./follow.ts";

const silenceMs = 25_000;

type Message = MessageInitShape<typeof WatchDocumentsResponseSchema>;
/** A connection: what it sends, then how it ends; "hang" is a network that went away. */
type Script = readonly [messages: readonly Message[], end: Code | "end" | "hang"];

const heartbeat = (cursor: string): Message => ({ cursor, message: { case: "heartbeat", value: {} } });
const event = (cursor: string): Message => ({
  cursor,
  message: { case: "event", value: { eventId: cursor } },
});

/** Follows a server that does what the scripts say, connection by connection; after the last the follower is stopped. */
function run(...scripts: Script[]) {
  const clock = createTestClock();
  const waits: number[] = [];
  const live = Promise.withResolvers<void>();
  const stop = new AbortController();
  const cursors: string[] = [];
  const events: string[] = [];
  const kinds: Connection["kind"][] = [];
  const transport = createRouterTransport(({ service }) => {
    service(DocumentService, {
      async *watchDocuments({ cursor }, { signal }) {
        const script = scripts[cursors.length];
        cursors.push(cursor);
        if (script === undefined) {
          stop.abort();
          return;
        }
        yield* script[0];
        if (script[1] === "hang") {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } else if (script[1] !== "end") {
          throw new ConnectError("scripted", script[1]);
        }
      },
    });
  });
  const ended = follow({
    client: createClient(DocumentService, transport),
    cursor: "0",
    filter: create(DocumentFilterSchema),
    signal: stop.signal,
    // Waits are over at once; only the watch for silence takes its time.
    sleep: async (ms, signal) => (ms === silenceMs ? await clock.sleep(ms, signal) : void waits.push(ms)),
    random: () => 1,
    onEvent: ({ eventId }) => events.push(eventId),
    onConnection({ kind }) {
      if (kinds.at(-1) !== kind) {
        kinds.push(kind);
      }
      if (kind === "live") {
        live.resolve();
      }
    },
  });
  return { clock, cursors, events, kinds, waits, live: live.promise, ended };
}

describe("follow", () => {
  it("goes on at once, with the last cursor and still live, when the token ended", async () => {
    const { ended, cursors, events, kinds, waits } = run(
      [[heartbeat("0"), event("1")], Code.Unauthenticated],
      [[event("2")], Code.Unauthenticated],
    );
    expect(await ended).toEqual({ kind: "aborted" });
    expect([cursors, events, kinds]).toEqual([
      ["0", "1", "2"],
      ["1", "2"],
      ["connecting", "live"],
    ]);
    expect(waits).toEqual([]);
  });

  it("waits longer and longer while nothing comes, and starts over once something came", async () => {
    const { ended, waits, kinds } = run(
      [[], Code.Unavailable],
      [[], Code.Unauthenticated],
      [[], Code.Internal],
      [[heartbeat("1")], "end"],
    );
    expect(await ended).toEqual({ kind: "aborted" });
    expect(waits).toEqual([250, 500, 1000, 250]);
    expect(kinds).toEqual(["connecting", "waiting", "live", "waiting"]);
  });

  it("takes a silent stream for dead", async () => {
    const { ended, clock, cursors, live } = run([[heartbeat("1")], "hang"]);
    await live;
    clock.advance(silenceMs);
    expect(await ended).toEqual({ kind: "aborted" });
    expect(cursors).toEqual(["0", "1"]);
  });

  it.each([Code.PermissionDenied, Code.InvalidArgument])("gives up when refused: %d", async (code) => {
    expect(await run([[heartbeat("1")], code]).ended).toMatchObject({ kind: "refused", error: { code } });
  });

  it("says that the list must be read again when the cursor is too old", async () => {
    expect(await run([[], Code.OutOfRange]).ended).toEqual({ kind: "cursor_too_old" });
  });
});
