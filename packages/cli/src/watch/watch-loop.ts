import {
  decide,
  defaultTiming,
  type WatchAction,
  type WatchEvent,
  type WatchState,
  type WatchTiming,
} from "./decide.ts";

/** What the loop needs of the world; a test passes a clock and runs of its own. */
export interface WatchPorts<Outcome> {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls back once after `ms`. @returns a function that takes the call back */
  setTimer(ms: number, callback: () => void): () => void;
  /** Brings the tree up to date. An expected failure is an outcome; a rejection ends watching. */
  run(): Promise<Outcome>;
  /** @param isStale another run follows at once, since something changed during this one */
  report(outcome: Outcome, isStale: boolean): void;
  /** Makes the run under way end soon. */
  abort(): void;
}

/** A watcher at work. */
export interface WatchLoop {
  /** To be called on every change of what is watched. */
  changed(): void;
  stop(): void;
  /** Settles when watching is over: true when a run was interrupted. Rejects when a run fails unexpectedly. */
  readonly ended: Promise<boolean>;
}

/** Drives {@link decide} with real events. */
export function startWatchLoop<Outcome>(
  ports: WatchPorts<Outcome>,
  timing: WatchTiming = defaultTiming,
): WatchLoop {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let state: WatchState = { kind: "new" };
  let outcome: { readonly value: Outcome } | undefined;
  let cancelTimer = () => {};

  const dispatch = (event: WatchEvent) => {
    const step = decide(state, event, timing);
    state = step.state;
    for (const action of step.actions) {
      perform(action);
    }
  };
  const perform = (action: WatchAction) => {
    switch (action.kind) {
      case "timer":
        cancelTimer = ports.setTimer(action.ms, () => dispatch({ kind: "timer", now: ports.now() }));
        return;
      case "run":
        outcome = undefined;
        ports.run().then((value) => {
          outcome = { value };
          dispatch({ kind: "ended", now: ports.now() });
        }, reject);
        return;
      case "report":
        if (outcome !== undefined) {
          ports.report(outcome.value, action.isStale);
        }
        return;
      case "abort":
        ports.abort();
        return;
      case "end":
        cancelTimer();
        resolve(action.interrupted);
        return;
    }
  };
  dispatch({ kind: "start" });
  return {
    changed: () => dispatch({ kind: "changed", now: ports.now() }),
    stop: () => dispatch({ kind: "stop" }),
    ended: promise,
  };
}
