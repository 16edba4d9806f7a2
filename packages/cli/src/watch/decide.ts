/** What happens to a watcher. Times are milliseconds of one clock. */
export type WatchEvent =
  | { readonly kind: "start" }
  /** Something that is watched changed. */
  | { readonly kind: "changed"; readonly now: number }
  /** The timer that was asked for has run out. */
  | { readonly kind: "timer"; readonly now: number }
  /** The run is over, however it ended. */
  | { readonly kind: "ended"; readonly now: number }
  | { readonly kind: "stop" };

export type WatchState =
  | { readonly kind: "new" }
  | { readonly kind: "idle" }
  /** Changes come in: wait until they are all there. `since`: the first of them; `due`: when to run. */
  | { readonly kind: "gathering"; readonly since: number; readonly due: number }
  /** `changedAt`: when something first changed that the run may not have seen. */
  | { readonly kind: "running"; readonly changedAt?: number }
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" };

export type WatchAction =
  | { readonly kind: "timer"; readonly ms: number }
  | { readonly kind: "run" }
  /** Tell how the run ended. `isStale`: another follows, since something changed meanwhile. */
  | { readonly kind: "report"; readonly isStale: boolean }
  | { readonly kind: "abort" }
  /** Watching is over. `interrupted`: a run was under way. */
  | { readonly kind: "end"; readonly interrupted: boolean };

export interface WatchTiming {
  /** Milliseconds without a change after which a run starts. */
  readonly quietMs: number;
  /** Milliseconds after the first change when a run starts even if changes go on. */
  readonly longestMs: number;
}

/**
 * An editor's save is over within a few milliseconds. A branch switch takes longer, and what is there in the middle of
 * one does not compile: it is given time to end.
 */
export const defaultTiming: WatchTiming = { quietMs: 20, longestMs: 1000 };

export interface WatchStep {
  readonly state: WatchState;
  readonly actions: readonly WatchAction[];
}

/**
 * What a watcher does next. Pure. Never two runs at once; after the last change there is always one whole run;
 * however many changes come during a run, one run follows.
 */
export function decide(state: WatchState, event: WatchEvent, timing: WatchTiming): WatchStep {
  switch (event.kind) {
    case "start":
      return state.kind === "new" ? run : { state, actions: [] };
    case "changed":
      return onChange(state, event.now, timing);
    case "timer":
      if (state.kind !== "gathering") {
        return { state, actions: [] };
      }
      return event.now >= state.due
        ? run
        : { state, actions: [{ kind: "timer", ms: state.due - event.now }] };
    case "ended":
      return onEnd(state, event.now, timing);
    case "stop":
      return onStop(state);
  }
}

const run: WatchStep = { state: { kind: "running" }, actions: [{ kind: "run" }] };

function onChange(state: WatchState, now: number, { quietMs, longestMs }: WatchTiming): WatchStep {
  switch (state.kind) {
    case "idle":
      return {
        state: { kind: "gathering", since: now, due: now + quietMs },
        actions: [{ kind: "timer", ms: quietMs }],
      };
    case "gathering":
      // The timer that runs asks for another one when it finds that it was too early.
      return {
        state: { ...state, due: Math.min(now + quietMs, state.since + longestMs) },
        actions: [],
      };
    case "running":
      return { state: { kind: "running", changedAt: state.changedAt ?? now }, actions: [] };
    default:
      return { state, actions: [] };
  }
}

function onEnd(state: WatchState, now: number, { quietMs }: WatchTiming): WatchStep {
  if (state.kind === "stopping") {
    return { state: { kind: "stopped" }, actions: [{ kind: "end", interrupted: true }] };
  }
  if (state.kind !== "running") {
    return { state, actions: [] };
  }
  return state.changedAt === undefined
    ? { state: { kind: "idle" }, actions: [{ kind: "report", isStale: false }] }
    : {
        state: { kind: "gathering", since: now, due: now + quietMs },
        actions: [
          { kind: "report", isStale: true },
          { kind: "timer", ms: quietMs },
        ],
      };
}

function onStop(state: WatchState): WatchStep {
  switch (state.kind) {
    case "running":
      return { state: { kind: "stopping" }, actions: [{ kind: "abort" }] };
    case "stopping":
    case "stopped":
      return { state, actions: [] };
    default:
      return { state: { kind: "stopped" }, actions: [{ kind: "end", interrupted: false }] };
  }
}
