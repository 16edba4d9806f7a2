import type { Script } from "@wirehouse/proto-testkit/v1";
import { createStateWatcher } from "../events.ts";

/** A failure that the server of a test is told to answer. */
export interface ScriptedFailure {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** Value of `www-authenticate`, or undefined for none. */
  readonly challenge: string | undefined;
}

/** Follows the scripts of calls: counts attempts, holds calls, says when to fail. */
export interface ScriptRunner {
  /** Starts an attempt and returns what it must do. */
  start(script: Script | undefined): ScriptRun;
  /** Releases the held attempts of a call, and the later ones. */
  release(callId: string): void;
  /** How many attempts of a call arrived at the implementation. */
  attempts(callId: string): number;
  /** Resolves once `count` attempts of a call are held. */
  untilHeld(callId: string, count?: number): Promise<void>;
}

/** One attempt. */
export interface ScriptRun {
  /** Resolves when the attempt may go on. */
  readonly ready: Promise<void>;
  /** The failure that is due once `sent` messages were sent, if any. */
  failure(sent: number): ScriptedFailure | undefined;
}

/** Creates a runner with no memory of earlier calls. */
export function createScriptRunner(): ScriptRunner {
  const attempts = new Map<string, number>();
  const held = new Map<string, (() => void)[]>();
  const released = new Set<string>();
  const watcher = createStateWatcher();
  return {
    start(script) {
      const id = script?.callId ?? "";
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const fails =
        script !== undefined &&
        script.failCode !== 0 &&
        (script.failAttempts === 0 || attempt <= script.failAttempts);
      return {
        ready: script?.hold === true && !released.has(id) ? hold(id) : Promise.resolve(),
        failure: (sent) =>
          fails && sent >= script.failAfter
            ? { code: script.failCode, message: "scripted failure", challenge: script.challenge || undefined }
            : undefined,
      };
    },
    release(callId) {
      released.add(callId);
      for (const resume of held.get(callId) ?? []) {
        resume();
      }
      held.delete(callId);
    },
    attempts: (callId) => attempts.get(callId) ?? 0,
    untilHeld: (callId, count = 1) => watcher.until(() => (held.get(callId)?.length ?? 0) >= count),
  };

  function hold(id: string): Promise<void> {
    return new Promise((resolve) => {
      held.set(id, [...(held.get(id) ?? []), resolve]);
      watcher.changed();
    });
  }
}
