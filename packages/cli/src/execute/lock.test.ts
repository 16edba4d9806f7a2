import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { takeLock } from "./lock.ts";

let path: string;
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "wirehouse-lock-"));
  path = join(directory, "sub", "checkout.lock");
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

/** A clock that only sleeping moves. */
function fakeTime(onSleep: () => void = () => {}) {
  let time = 0;
  return {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
      onSleep();
    },
  };
}

const write = (holder: object) => {
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify({ host: hostname(), started: undefined, ...holder }));
};
/** The process id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

it("is given back, and leaves nothing behind", async () => {
  const release = await takeLock(path, { waitMs: 0 });
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

it("makes the second wait until the first gives it back, and says so once", async () => {
  const release = await takeLock(path, { waitMs: 0 });
  const waits: number[] = [];
  let sleeps = 0;
  const time = fakeTime(() => {
    sleeps++;
    if (sleeps === 3) {
      release();
    }
  });
  const second = await takeLock(path, { waitMs: 10_000, ...time, onWait: (pid) => waits.push(pid) });
  expect(sleeps).toBe(3);
  expect(waits).toEqual([process.pid]);
  second();
});

it("gives up when the time to wait is over, naming the holder", async () => {
  const release = await takeLock(path, { waitMs: 0 });
  await expect(takeLock(path, { waitMs: 500, ...fakeTime() })).rejects.toMatchObject({
    code: "LOCKED",
    message: expect.stringContaining(`${process.pid}`),
  });
  release();
});

it("stops waiting when it is interrupted", async () => {
  const release = await takeLock(path, { waitMs: 0 });
  const abort = new AbortController();
  const time = fakeTime(() => abort.abort());
  await expect(takeLock(path, { waitMs: 500, signal: abort.signal, ...time })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
  release();
});

const never = { now: () => 0, sleep: () => expect.fail("waited") };

it("takes over the lock of a process that is gone at once", async () => {
  (await takeLock(path, { waitMs: 0 }))();
  write({ pid: deadPid() });
  const release = await takeLock(path, { waitMs: 1000, ...never });
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  release();
  expect(existsSync(path)).toBe(false);
});

it.runIf(process.platform === "linux")(
  "takes over a lock whose process id another process has now",
  async () => {
    (await takeLock(path, { waitMs: 0 }))();
    write({ pid: process.pid, started: "1" });
    const release = await takeLock(path, { waitMs: 1000, ...never });
    release();
  },
);

it("leaves the lock of another machine alone", async () => {
  (await takeLock(path, { waitMs: 0 }))();
  write({ pid: deadPid(), host: "elsewhere" });
  await expect(takeLock(path, { waitMs: 100, ...fakeTime() })).rejects.toMatchObject({ code: "LOCKED" });
});

it("takes over a lock that holds nothing readable, as after a power cut", async () => {
  (await takeLock(path, { waitMs: 0 }))();
  writeFileSync(path, "");
  const release = await takeLock(path, { waitMs: 1000, ...fakeTime() });
  release();
});

it("does not give back the lock of another", async () => {
  const release = await takeLock(path, { waitMs: 0 });
  write({ pid: 1, host: "elsewhere" });
  release();
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ host: "elsewhere" });
});

it("lets one at a time in", async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const release = await takeLock(path, { waitMs: 10_000, sleep: () => new Promise(setImmediate) });
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
      release();
    }),
  );
  expect(most).toBe(1);
});
