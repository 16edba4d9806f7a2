import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchEventLoop } from "./event-loop-delay.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

it("tells of the last 30 to 60 s, and forgets what was before", async () => {
  let now = 0;
  const eventLoop = watchEventLoop(() => now);
  const advance = (ms: number): void => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };
  // The histogram takes its samples in turns of the real event loop.
  const turn = () => new Promise((resolve) => setTimeout(resolve, 30));
  const block = async (ms: number): Promise<void> => {
    await turn();
    const until = performance.now() + ms;
    while (performance.now() < until) {
      // Nothing else can run.
    }
    await turn();
  };
  const above = (ms: number) => expect.toSatisfy((max: number) => max > ms);
  await block(100);
  expect(eventLoop.read()).toMatchObject({ windowSeconds: 0, max: above(70) });
  advance(30_000);
  await block(300);
  advance(29_000);
  expect(eventLoop.read()).toMatchObject({ windowSeconds: 59, max: above(250) });
  advance(1_000);
  expect(eventLoop.read()).toMatchObject({ windowSeconds: 30, max: above(250) });
  advance(30_000);
  await turn();
  const { max, p50, p99, windowSeconds } = eventLoop.read();
  expect(windowSeconds).toBe(30);
  expect(max).toBeLessThan(250);
  expect(p50).toBeLessThanOrEqual(p99);
  eventLoop.stop();
});
