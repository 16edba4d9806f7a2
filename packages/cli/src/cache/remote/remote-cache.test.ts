import { hash } from "node:crypto";
import { expect, it } from "vitest";
import { type FakeRemoteCache, startRemoteCache } from "../../testing/fake-remote-cache.ts";
import { encodeEntry, type OutputFile } from "../entry.ts";
import { noCache } from "../store.ts";
import { encodeActionResult } from "./action-result.ts";
import { remoteSettings } from "./config.ts";
import { RemoteCache } from "./remote-cache.ts";
import { resultKey } from "./remote-entry.ts";

const file = (name: string, content: Buffer): OutputFile => ({
  name,
  content,
  digest: hash("sha256", content),
});
const key = (name: string | number) => hash("sha256", `${name}`);

function connect({ url }: FakeRemoteCache, timeoutMs = 20_000) {
  const settings = remoteSettings({ url, mode: "read-write", timeoutMs }, {});
  const warnings: string[] = [];
  if (settings === undefined) {
    return expect.fail("there is a url");
  }
  return { cache: new RemoteCache(settings, { warn: (message) => warnings.push(message) }), warnings };
}

async function upload(remote: FakeRemoteCache, entries: Readonly<Record<string, readonly OutputFile[]>>) {
  const { cache, warnings } = connect(remote);
  for (const [name, files] of Object.entries(entries)) {
    cache.recording(noCache).put(key(name), files);
  }
  await cache.close();
  expect(warnings).toEqual([]);
}

it("keeps small entries in their result, and large ones beside it, blob first", async () => {
  const remote = await startRemoteCache();
  const small = [file("a/small.js", Buffer.from("small"))];
  const large = [file("large.js", Buffer.alloc(1_000_000, "large")), file("b", Buffer.alloc(0))];
  await upload(remote, { small, large, none: [] });
  expect(remote.requests.filter(({ path }) => path.startsWith("/cas/"))).toHaveLength(1);
  const puts = remote.requests.map(({ path }) => path);
  expect(puts.findIndex((path) => path.startsWith("/cas/"))).toBeLessThan(
    puts.indexOf(`/ac/${resultKey(key("large"))}`),
  );
  const { cache, warnings } = connect(remote);
  const found = await cache.fetch([key("small"), key("large"), key("none"), key("unknown")]);
  await cache.close();
  expect(new Set(found.keys())).toEqual(new Set([key("small"), key("large"), key("none")]));
  for (const [name, files] of Object.entries({ small, large, none: [] })) {
    expect(encodeEntry(found.get(key(name)) ?? []).toString()).toBe(encodeEntry(files).toString());
  }
  expect(warnings).toEqual([]);
});

it("takes a result whose blob is gone for a miss", async () => {
  const remote = await startRemoteCache();
  await upload(remote, { large: [file("large.js", Buffer.alloc(1_000_000))] });
  for (const path of remote.blobs.keys()) {
    if (path.startsWith("/cas/")) {
      remote.blobs.delete(path);
    }
  }
  const { cache, warnings } = connect(remote);
  expect(await cache.fetch([key("large")])).toEqual(new Map());
  await cache.close();
  expect(warnings).toEqual([]);
});

it.each([["../outside.js"], ["/etc/passwd"], ["a/../../b"], ["C:/x"], ["a\\b"]])(
  "takes no entry that would write %s, whoever made it",
  async (name) => {
    const remote = await startRemoteCache();
    const entry = encodeEntry([file(name, Buffer.from("x"))]);
    const digest = hash("sha256", entry);
    remote.blobs.set(
      `/ac/${resultKey(key("x"))}`,
      Buffer.from(
        encodeActionResult({
          path: `wirehouse/${key("x")}`,
          hash: digest,
          size: entry.length,
          contents: entry,
        }),
      ),
    );
    const { cache, warnings } = connect(remote);
    expect(await cache.fetch([key("x")])).toEqual(new Map());
    await cache.close();
    expect(warnings).toHaveLength(1);
  },
);

it("leaves a remote cache that is slower than making the outputs here", async () => {
  const remote = await startRemoteCache();
  remote.misbehave((_request, _response, { proceed }) => {
    setTimeout(proceed, 60);
  });
  const { cache, warnings } = connect(remote, 150);
  const keys = Array.from({ length: 2000 }, (_, index) => key(index));
  await cache.fetch(keys);
  expect(remote.requests.length).toBeLessThan(200);
  expect(warnings).toEqual([expect.stringMatching(/is too slow to help: \d+ of 2000 lookups/)]);
  // Nor does it get anything.
  const before = remote.requests.length;
  cache.recording(noCache).put(key("new"), []);
  await cache.close();
  expect(remote.requests.length).toBe(before);
});

it("does not wait for uploads to a remote cache that takes its time, and says so", async () => {
  const remote = await startRemoteCache();
  remote.misbehave((_request, _response, { proceed }) => {
    setTimeout(proceed, 60);
  });
  const { cache, warnings } = connect(remote, 150);
  for (let index = 0; index < 1000; index++) {
    cache.recording(noCache).put(key(index), []);
  }
  await cache.close();
  expect(remote.requests.length).toBeLessThan(200);
  expect(warnings).toEqual([expect.stringMatching(/is too slow: \d+ uploads in .*, \d+ were not begun/)]);
});

it("does not take it for slowness of the remote cache when this process is busy", async () => {
  const remote = await startRemoteCache();
  await upload(remote, { x: [file("x", Buffer.from("x"))] });
  const { cache, warnings } = connect(remote, 1000);
  cache.recording(noCache).put(key("y"), []);
  // Meanwhile thousands of files are written.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  await cache.close();
  expect(warnings).toEqual([]);
  expect(remote.blobs.has(`/ac/${resultKey(key("y"))}`)).toBe(true);
});

it("stops asking for what is not there when that takes long, and still uploads", async () => {
  const remote = await startRemoteCache();
  remote.misbehave((_request, _response, { proceed }) => {
    setTimeout(proceed, 20);
  });
  const { cache, warnings } = connect(remote, 2000);
  await cache.fetch(Array.from({ length: 5000 }, (_, index) => key(index)));
  expect(remote.requests.length).toBeLessThan(4000);
  cache.recording(noCache).put(key("new"), []);
  await cache.close();
  expect(warnings).toEqual([]);
  expect(remote.blobs.has(`/ac/${resultKey(key("new"))}`)).toBe(true);
});

it("ends at once when it is interrupted, and says nothing", async () => {
  const remote = await startRemoteCache();
  const abort = new AbortController();
  remote.misbehave(() => abort.abort());
  const { cache, warnings } = connect(remote);
  expect(await cache.fetch([key(1), key(2)], { signal: abort.signal })).toEqual(new Map());
  cache.abort();
  expect(warnings).toEqual([]);
});

it("needs few connections for many requests", async () => {
  const remote = await startRemoteCache();
  const { cache } = connect(remote);
  const keys = Array.from({ length: 500 }, (_, index) => key(index));
  expect((await cache.fetch(keys)).size).toBe(0);
  await cache.close();
  expect(remote.requests).toHaveLength(500);
  expect(remote.connections()).toBeLessThanOrEqual(16);
});
