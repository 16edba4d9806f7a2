import {
  createTestClock,
  createTokenSigner,
  type KeySetMode,
  startKeySetServer,
  type TestClock,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../../../errors.ts";
import type { KeyQuery, KeySource } from "./key-source.ts";
import { type RemoteKeySetOptions, remoteKeySet } from "./remote-key-set.ts";

const first = createTokenSigner("first").keySet.keys;
const second = createTokenSigner("second").keySet.keys;
const query = (id: string | undefined): KeyQuery => ({ id, algorithm: "ES256" });
const minute = 60_000;

async function start(options: Partial<RemoteKeySetOptions> = {}) {
  const clock = createTestClock();
  const server = await startKeySetServer({ keys: first });
  const errors: unknown[] = [];
  const keys = remoteKeySet({
    url: server.url,
    ...clock,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, server, keys, errors, [Symbol.asyncDispose]: () => server.close() };
}

const kind = async (keys: KeySource, id?: string) => (await keys.find(query(id))).kind;
/** Waits for the request that runs in the background. */
const settled = async (keys: KeySource) => await keys.find(query("some other"));

describe("a key set at a URL", () => {
  it("is not fetched before it is needed, and once for all that wait", async () => {
    await using set = await start();
    expect(set.server.requests).toBe(0);
    const kinds = await Promise.all(Array.from({ length: 100 }, () => kind(set.keys, "first")));
    expect(new Set(kinds)).toEqual(new Set(["found"]));
    expect(set.server.requests).toBe(1);
    expect(set.keys.find(query("first"))).not.toBeInstanceOf(Promise);
  });

  it("is fetched for 10,000 unknown keys at most once in 30 s, and known ones do not wait", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    set.clock.advance(30_000);
    for (let second = 0; second < 30; second++) {
      const lookups = Array.from({ length: 334 }, () => kind(set.keys, `random-${set.clock.random()}`));
      expect(set.keys.find(query("first"))).toMatchObject({ kind: "found" });
      expect(new Set(await Promise.all(lookups))).toEqual(new Set(["unknown"]));
      set.clock.advance(999);
    }
    expect(set.server.requests).toBe(2);
  });

  it("counts a failed request for the cooldown as well, and says that it does not know", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    set.clock.advance(30_000);
    set.server.setMode({ kind: "status", status: 503 });
    for (let i = 0; i < 1000; i++) {
      expect(await kind(set.keys, `random-${i}`)).toBe("unavailable");
      expect(set.keys.find(query("first"))).toMatchObject({ kind: "found" });
      set.clock.advance(29);
    }
    expect(set.server.requests).toBe(2);
  });

  it("accepts a new key as soon as a token has it, and takes one back at the next request", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    const known = await set.keys.find(query("first"));
    set.clock.advance(30_000);
    set.server.keySet = { keys: [...first, ...second] };
    expect(await kind(set.keys, "second")).toBe("found");
    // The same key: a cache may compare it.
    expect(set.keys.find(query("first"))).toEqual(known);
    set.server.keySet = { keys: second };
    set.clock.advance(10 * minute);
    expect(await kind(set.keys, "first")).toBe("unknown");
    expect(await kind(set.keys, "second")).toBe("found");
  });

  it("is fetched again in the background in the last fifth of its age", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    set.clock.advance(8 * minute - 1);
    expect(set.keys.find(query("first"))).toMatchObject({ kind: "found" });
    expect(set.server.requests).toBe(1);
    set.clock.advance(1);
    expect(set.keys.find(query("first"))).toMatchObject({ kind: "found" });
    await set.server.untilRequests(2);
  });

  it("goes on verifying in an outage up to the stale limit, with one request a backoff step", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    set.server.setMode({ kind: "reset" });
    set.clock.advance(10 * minute);
    let steps = 0;
    for (let at = 0; at < 60 * minute; at += 500) {
      const before = set.errors.length;
      expect(await kind(set.keys, "first")).toBe("found");
      await settled(set.keys);
      expect(set.errors.length - before).toBeLessThanOrEqual(1);
      steps += set.errors.length - before;
      set.clock.advance(500);
    }
    // 1, 2, 4 … 32 s, then 60 s, each ±20 %.
    expect(steps).toBeGreaterThan(50);
    expect(steps).toBeLessThan(80);
    expect(set.server.requests).toBe(1 + steps);
    expect(await kind(set.keys, "first")).toBe("unavailable");

    set.server.setMode({ kind: "normal" });
    set.clock.advance(2 * minute);
    expect(await kind(set.keys, "first")).toBe("found");
  });

  it("answers that it does not know while there was never a key set", async () => {
    await using set = await start();
    set.server.setMode({ kind: "status", status: 500 });
    for (let i = 0; i < 100; i++) {
      expect(await kind(set.keys, "first")).toBe("unavailable");
    }
    expect(set.server.requests).toBe(1);
    set.server.setMode({ kind: "normal" });
    set.clock.advance(1200);
    expect(await kind(set.keys, "first")).toBe("found");
  });

  it("gives up on a server that does not answer", async () => {
    await using set = await start();
    set.server.setMode({ kind: "hang" });
    const waiting = kind(set.keys, "first");
    await set.server.untilRequests(1);
    set.clock.advance(5000);
    expect(await waiting).toBe("unavailable");
    expect(set.errors).toEqual([expect.objectContaining({ code: "key_set_unavailable" })]);
    // The wait of a request that was answered is over with it.
    set.server.setMode({ kind: "normal" });
    set.clock.advance(1200);
    expect(await kind(set.keys, "first")).toBe("found");
  });

  it.each<[string, KeySetMode, Partial<RemoteKeySetOptions>]>([
    ["key_set_misbehaved", { kind: "redirect", location: "https://elsewhere.example.com/jwks" }, {}],
    ["key_set_misbehaved", { kind: "status", status: 404 }, {}],
    ["key_set_misbehaved", { kind: "text", text: "" }, {}],
    ["key_set_misbehaved", { kind: "text", text: "<html>" }, {}],
    ["key_set_misbehaved", { kind: "text", text: "[]" }, {}],
    ["key_set_misbehaved", { kind: "text", text: "null" }, {}],
    ["key_set_misbehaved", { kind: "text", text: '{"keys":{}}' }, {}],
    ["key_set_misbehaved", { kind: "text", text: JSON.stringify({ keys: Array(101).fill({}) }) }, {}],
    ["key_set_misbehaved", { kind: "text", text: " ".repeat(262_145) }, {}],
    ["key_set_misbehaved", { kind: "normal" }, { maxResponseBytes: 100 }],
    ["key_set_unavailable", { kind: "status", status: 500 }, {}],
    ["key_set_unavailable", { kind: "status", status: 429 }, {}],
    ["key_set_unavailable", { kind: "reset" }, {}],
  ])("does not take this for a key set: %s, %j", async (code, mode, options) => {
    await using set = await start(options);
    set.server.setMode(mode);
    const lookup = await set.keys.find(query("first"));
    expect(lookup).toMatchObject({ kind: "unavailable", cause: { name: "InterceptorError", code } });
    expect(set.errors).toHaveLength(1);
  });

  it("keeps the good keys when what comes next is none", async () => {
    await using set = await start();
    await kind(set.keys, "first");
    set.server.setMode({ kind: "text", text: "<html>" });
    set.clock.advance(10 * minute);
    expect(await kind(set.keys, "first")).toBe("found");
    expect(set.errors).toHaveLength(1);
  });

  it("is not kept from its work by a log that throws", async () => {
    await using set = await start({
      onError: () => {
        throw new Error("no log");
      },
    });
    set.server.setMode({ kind: "reset" });
    expect(await kind(set.keys, "first")).toBe("unavailable");
  });

  it.each<[string, Partial<RemoteKeySetOptions>]>([
    ["cleartext_refused", { url: "http://identity.example.com/jwks" }],
    ["cleartext_refused", { url: "file:///etc/jwks" }],
    ["invalid_options", { url: "/jwks" }],
    ["invalid_options", { url: "https://identity.example.com/jwks", cooldownMs: -1 }],
    ["invalid_options", { url: "https://identity.example.com/jwks", maxStaleMs: Number.NaN }],
  ])("is refused at once: %s, %j", (code, options) => {
    expect(() => remoteKeySet({ url: "", ...options })).toThrow(
      expect.objectContaining({ constructor: InterceptorError, code }),
    );
  });
});

it("leaves no timer behind", async () => {
  const clock: TestClock = createTestClock();
  await using server = await startKeySetServer({ keys: first });
  let pending = 0;
  const keys = remoteKeySet({
    url: server.url,
    ...clock,
    sleep: (ms, signal) => {
      pending++;
      return clock.sleep(ms, signal).finally(() => pending--);
    },
  });
  expect(await kind(keys, "first")).toBe("found");
  expect(pending).toBe(0);
});
