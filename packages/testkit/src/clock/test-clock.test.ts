import { expect, it } from "vitest";
import { createRandom, createTestClock } from "./index.ts";

it("wakes sleepers in the order of their due time", async () => {
  const clock = createTestClock();
  const woken: string[] = [];
  const late = clock.sleep(20).then(() => woken.push("late"));
  const early = clock.sleep(10).then(() => woken.push("early"));
  clock.advance(9);
  await Promise.resolve();
  expect(woken).toEqual([]);
  clock.advance(11);
  await Promise.all([late, early]);
  expect(woken).toEqual(["early", "late"]);
  expect(clock.sleeps).toEqual([20, 10]);
});

it("rejects a sleep whose signal aborts", async () => {
  const clock = createTestClock();
  const controller = new AbortController();
  const sleep = clock.sleep(10, controller.signal);
  controller.abort(new Error("no more"));
  await expect(sleep).rejects.toThrow("no more");
  await expect(clock.sleep(10, controller.signal)).rejects.toThrow("no more");
});

it("steps the wall clock without the monotonic one", () => {
  const clock = createTestClock({ start: 5, wallStart: 100 });
  clock.stepWall(-50);
  expect([clock.now(), clock.wallNow()]).toEqual([5, 50]);
});

it("gives the same random numbers for the same seed", () => {
  const [a, b] = [createRandom(7), createRandom(7)];
  const numbers = Array.from({ length: 100 }, a);
  expect(numbers).toEqual(Array.from({ length: 100 }, b));
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
});
