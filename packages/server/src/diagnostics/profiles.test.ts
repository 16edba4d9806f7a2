import { Session } from "node:inspector";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { goPprof, hasGo } from "./testing/go-pprof.ts";
import { allocateAndForget, burnUntil, WaitingCalls } from "./testing/hot-spots.ts";
import { readPprof } from "./testing/read-pprof.ts";
import { startDiagnostics } from "./testing/start-diagnostics.ts";

const hotSpots = join(import.meta.dirname, "testing/hot-spots.ts");
function burn(): void {
  const stop = new AbortController();
  void burnUntil(stop.signal);
  onTestFinished(() => stop.abort());
}

/** Calls that never end; how many objects and bytes they keep is known. */
async function leak(count: number): Promise<WaitingCalls> {
  const calls = new WaitingCalls();
  for (let id = 0; id < count; id++) {
    await calls.startCallThatNeverEnds(id);
  }
  return calls;
}

describe("/debug/pprof/profile", () => {
  it("has the function that burns CPU time on top, with its file, its lines and its callers", async () => {
    const { send } = await startDiagnostics();
    burn();
    const { status, headers, body } = await send("/debug/pprof/profile?seconds=1");
    expect({ status, type: headers["content-type"], name: headers["content-disposition"] }).toEqual({
      status: 200,
      type: "application/octet-stream",
      name: 'attachment; filename="profile.pb.gz"',
    });
    const profile = readPprof(body);
    expect(profile).toMatchObject({ types: ["samples/count", "cpu/nanoseconds"], defaultType: "cpu" });
    const [top] = profile.top("cpu/nanoseconds");
    expect(top).toMatchObject({ name: "countPathsSlowly", file: hotSpots });
    expect(top?.value).toBeGreaterThan(profile.durationMs * 1e6 * 0.3);
    expect(profile.stacks).toContainEqual(expect.arrayContaining(["countPathsSlowly", "burnUntil"]));
    expect(profile.stacks.flat()).not.toContain("(idle)");
    if (hasGo) {
      const text = goPprof(body, "-top", "-nodecount=3");
      const [, first] = text.slice(text.indexOf("flat%")).split("\n");
      expect(first).toContain("countPathsSlowly");
    }
  });

  it("leaves out the time in which nothing is done", async () => {
    const { send } = await startDiagnostics();
    const profile = readPprof((await send("/debug/pprof/profile?seconds=1")).body);
    const busy = profile.top("cpu/nanoseconds").reduce((sum, { value }) => sum + value, 0);
    expect(profile.durationMs).toBeGreaterThan(900);
    expect(busy).toBeLessThan(profile.durationMs * 1e6 * 0.9);
  });

  it("is taken one at a time, of any kind", async () => {
    const { send } = await startDiagnostics();
    const leave = new AbortController();
    const first = send("/debug/pprof/profile?seconds=60", { signal: leave.signal });
    for (const path of [
      "/debug/pprof/profile?seconds=1",
      "/debug/pprof/heap?seconds=1",
      "/debug/pprof/heap",
    ]) {
      const second = await send(path);
      expect(second).toMatchObject({
        status: 503,
        headers: { "retry-after": expect.stringMatching(/^(60|59)$/) },
      });
    }
    leave.abort();
    await expect(first).rejects.toThrow("aborted");
  });

  it("ends when who asked for it has left, and another one can be taken", async () => {
    const { send } = await startDiagnostics();
    const leave = new AbortController();
    const first = send("/debug/pprof/profile?seconds=60", { signal: leave.signal });
    while ((await send("/debug/pprof/heap")).status !== 503) {
      // The first one is not on yet.
    }
    leave.abort();
    await expect(first).rejects.toThrow("aborted");
    let next = await send("/debug/pprof/heap");
    while (next.status === 503) {
      next = await send("/debug/pprof/heap");
    }
    expect(next.status).toBe(200);
  });

  it("ends when the listener closes", async () => {
    const { send, diagnostics } = await startDiagnostics();
    const first = send("/debug/pprof/profile?seconds=60");
    const settled = expect(first).rejects.toThrow("socket hang up");
    while ((await send("/debug/pprof/heap")).status !== 503) {
      // The first one is not on yet.
    }
    await diagnostics.close();
    await settled;
  });
});

describe("/debug/pprof/heap", () => {
  const heapSampling = { intervalBytes: 8 * 2_520 };

  it("has the function whose allocations are kept on top, and not the one that lets go of them", async () => {
    const { send } = await startDiagnostics({ heapSampling });
    const calls = await leak(20_000);
    allocateAndForget(20_000);
    const { body } = await send("/debug/pprof/heap?gc=1");
    const profile = readPprof(body);
    expect(profile).toMatchObject({
      types: ["inuse_objects/count", "inuse_space/bytes"],
      defaultType: "inuse_space",
    });
    const [top, ...others] = profile.top("inuse_space/bytes");
    expect(top).toMatchObject({ name: "startCallThatNeverEnds", file: hotSpots });
    const forgotten = others.find(({ name }) => name === "allocateAndForget")?.value ?? 0;
    expect(forgotten).toBeLessThan((top?.value ?? 0) * 0.05);
    // An object, an array, its 16 numbers, a closure and its context for each call. Sampled, hence the margins.
    const perCall = 32 + 32 + (16 + 16 * 8) + 64 + 32;
    expect(top?.value).toBeGreaterThan(20_000 * perCall * 0.7);
    expect(top?.value).toBeLessThan(20_000 * perCall * 1.5);
    expect(calls.count).toBe(20_000);
    if (hasGo) {
      const text = goPprof(body, "-top");
      expect(text).toMatch(/^Type: inuse_space$/m);
      const [, first] = text.slice(text.indexOf("flat%")).split("\n");
      expect(first).toContain("startCallThatNeverEnds");
      expect(goPprof(body, "-sample_index=inuse_objects", "-top")).toMatch(/^Type: inuse_objects$/m);
    }
  });

  it("estimates the number of objects", async () => {
    const { send } = await startDiagnostics({ heapSampling });
    const kept = Array.from({ length: 200_000 }, function makePair(_, index) {
      return { left: index, right: -index };
    });
    const profile = readPprof((await send("/debug/pprof/heap?gc=1")).body);
    const count = profile.top("inuse_objects/count").find(({ name }) => name === "makePair")?.value;
    expect(count).toBeGreaterThan(kept.length * 0.7);
    expect(count).toBeLessThan(kept.length * 1.3);
  });

  it("with seconds has only what was allocated meanwhile, and works without sampling all the time", async () => {
    const { send } = await startDiagnostics({ heapSampling: false });
    expect(await send("/debug/pprof/heap")).toMatchObject({ status: 400 });
    const sampled = await startDiagnostics({ heapSampling });
    const before = await leak(20_000);
    const during: number[][] = [];
    const timer = setInterval(function allocateDuring() {
      during.push(Array.from({ length: 20_000 }, (_, index) => index));
    }, 5);
    onTestFinished(() => clearInterval(timer));
    for (const one of [send, sampled.send]) {
      const profile = readPprof((await one("/debug/pprof/heap?seconds=1&gc=1")).body);
      expect(profile.stacks.some((stack) => stack.includes("allocateDuring"))).toBe(true);
      expect(profile.stacks.some((stack) => stack.includes("startCallThatNeverEnds"))).toBe(false);
    }
    expect(before.count).toBe(20_000);
  });

  it("leaves a profiler of somebody else's alone", async () => {
    const session = new Session();
    session.connect();
    onTestFinished(() => session.disconnect());
    session.post("Profiler.enable");
    session.post("Profiler.start");
    const { send } = await startDiagnostics();
    burn();
    const ours = readPprof((await send("/debug/pprof/profile?seconds=1")).body);
    expect(ours.top("cpu/nanoseconds")[0]?.name).toBe("countPathsSlowly");
    const theirs = await new Promise<number>((resolve, reject) =>
      session.post("Profiler.stop", (error, { profile }) =>
        error ? reject(error) : resolve(profile.samples?.length ?? 0),
      ),
    );
    expect(theirs).toBeGreaterThan(100);
  });
});

describe("go tool pprof", () => {
  it.skipIf(hasGo)("is not on this machine: profiles were read with pprof-format only", () => {});
});
