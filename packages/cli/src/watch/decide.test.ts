import { assert, constantFrom, array as listOf, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type WatchAction, type WatchEvent, type WatchState } from "./decide.ts";

const timing = { quietMs: 20, longestMs: 100 };

/** Feeds events to the machine; the actions of each. */
function play(events: readonly WatchEvent[], from: WatchState = { kind: "new" }) {
  let state = from;
  const actions = events.map((event) => {
    const step = decide(state, event, timing);
    state = step.state;
    return step.actions;
  });
  return { state, actions };
}

describe("the decisions of a watcher", () => {
  it("run once at the start", () => {
    expect(play([{ kind: "start" }, { kind: "start" }]).actions).toEqual([[{ kind: "run" }], []]);
  });

  it("wait for silence after a change", () => {
    const { actions } = play(
      [
        { kind: "changed", now: 0 },
        { kind: "changed", now: 15 },
        { kind: "timer", now: 20 },
        { kind: "timer", now: 35 },
      ],
      { kind: "idle" },
    );
    expect(actions).toEqual([
      [{ kind: "timer", ms: 20 }],
      [],
      [{ kind: "timer", ms: 15 }],
      [{ kind: "run" }],
    ]);
  });

  it("do not wait for ever while changes go on", () => {
    const events = Array.from({ length: 11 }, (_, i): WatchEvent => ({ kind: "changed", now: i * 10 }));
    const { state, actions } = play([...events, { kind: "timer", now: 100 }], { kind: "idle" });
    expect(state).toEqual({ kind: "running" });
    expect(actions.at(-1)).toEqual([{ kind: "run" }]);
  });

  it("run once more after any number of changes during a run, whose outcome is stale", () => {
    const { actions } = play(
      [
        { kind: "changed", now: 1 },
        { kind: "changed", now: 2 },
        { kind: "ended", now: 50 },
        { kind: "timer", now: 70 },
        { kind: "ended", now: 80 },
      ],
      { kind: "running" },
    );
    expect(actions).toEqual([
      [],
      [],
      [
        { kind: "report", isStale: true },
        { kind: "timer", ms: 20 },
      ],
      [{ kind: "run" }],
      [{ kind: "report", isStale: false }],
    ]);
  });

  it("end at once when nothing runs, and after the run's abort when one does", () => {
    expect(play([{ kind: "stop" }], { kind: "idle" }).actions).toEqual([
      [{ kind: "end", interrupted: false }],
    ]);
    expect(play([{ kind: "stop" }, { kind: "ended", now: 1 }], { kind: "running" }).actions).toEqual([
      [{ kind: "abort" }],
      [{ kind: "end", interrupted: true }],
    ]);
  });

  it("never run twice at once, and always run to the end after the last change", () => {
    const input = listOf(record({ kind: constantFrom("changed", "tick", "ended"), ms: nat(40) }), {
      maxLength: 200,
    });
    assert(
      property(input, (steps) => {
        let state: WatchState = { kind: "new" };
        let now = 0;
        let timerAt: number | undefined;
        let isRunning = false;
        let lastChange = -1;
        let lastRun = -1;
        const send = (event: WatchEvent) => {
          const step = decide(state, event, timing);
          state = step.state;
          step.actions.forEach(perform);
        };
        const perform = (action: WatchAction) => {
          if (action.kind === "run") {
            expect(isRunning).toBe(false);
            isRunning = true;
            lastRun = now;
          } else if (action.kind === "timer") {
            expect(action.ms).toBeGreaterThanOrEqual(0);
            timerAt = now + action.ms;
          }
        };
        const pass = (ms: number) => {
          for (const end = now + ms; now < end; now++) {
            if (timerAt === now) {
              timerAt = undefined;
              send({ kind: "timer", now });
            }
          }
        };
        const finish = () => {
          if (isRunning) {
            isRunning = false;
            send({ kind: "ended", now });
          }
        };
        send({ kind: "start" });
        for (const { kind, ms } of steps) {
          pass(ms);
          if (kind === "changed") {
            lastChange = now;
            send({ kind: "changed", now });
          } else if (kind === "ended") {
            finish();
          }
        }
        for (let rounds = 0; rounds < 4; rounds++) {
          finish();
          pass(timing.longestMs + 1);
        }
        expect(state).toEqual({ kind: "idle" });
        expect(lastRun).toBeGreaterThanOrEqual(lastChange);
      }),
    );
  });
});
