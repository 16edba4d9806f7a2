import { expect, it } from "vitest";
import { ChromeTrace } from "./chrome-trace.ts";

it("writes spans in microseconds, a lane a thread", () => {
  let now = 40;
  const trace = new ChromeTrace(() => now);
  const end = trace.begin("plan");
  const endBatch = trace.begin("batch", "plugins 1", { files: 2 });
  now = 42.5;
  end();
  now = 50;
  endBatch();
  trace.begin("never ended");
  expect(JSON.parse(trace.toJson())).toEqual({
    displayTimeUnit: "ms",
    traceEvents: [
      { name: "thread_name", ph: "M", ts: 0, pid: 1, tid: 1, args: { name: "run" } },
      { name: "start", ph: "X", ts: 0, dur: 40_000, pid: 1, tid: 1 },
      { name: "plan", ph: "X", ts: 40_000, dur: 2500, pid: 1, tid: 1 },
      { name: "thread_name", ph: "M", ts: 0, pid: 1, tid: 2, args: { name: "plugins 1" } },
      { name: "batch", ph: "X", ts: 40_000, dur: 10_000, pid: 1, tid: 2, args: { files: 2 } },
    ],
  });
});
