import { Code, ConnectError } from "@connectrpc/connect";
import type { Front } from "./connections/front.ts";
import type { Protocols } from "./connections/protocols.ts";
import type { CloseOptions } from "./options.ts";
import type { Calls } from "./rpc/calls.ts";

const defaultGraceMs = 20_000;
/** How long calls that were told to end may take to tell their clients, and connections to close. */
const forceMs = 1000;

/** What a shutdown ends. */
export interface ShutdownParts {
  readonly health: { shutdown(): void; close(): void } | undefined;
  readonly calls: Calls;
  readonly protocols: Protocols;
  readonly diagnostics: { close(): Promise<void> } | undefined;
  readonly front: () => Front | undefined;
  readonly done: () => void;
}

/** Ends a server once, in order. */
export interface Shutdown {
  run(options: CloseOptions): Promise<void>;
  readonly closed: Promise<void>;
  readonly draining: AbortSignal;
}

/** Creates the shutdown of a server. */
export function createShutdown(parts: ShutdownParts): Shutdown {
  const draining = new AbortController();
  const graceOver = new AbortController();
  const closed = Promise.withResolvers<void>();
  let running = false;

  const end = async (drainDelay: number): Promise<void> => {
    const { health, calls, protocols, diagnostics } = parts;
    const front = parts.front();
    health?.shutdown();
    draining.abort(new ConnectError("the server is shutting down", Code.Unavailable));
    await pause(drainDelay, graceOver.signal);
    front?.stop();
    protocols.drain();
    await calls.untilDone(graceOver.signal);
    health?.close();
    calls.abort(new ConnectError("the server is shutting down", Code.Unavailable));
    const force = new AbortController();
    const timer = setTimeout(() => force.abort(), forceMs);
    await calls.untilEmpty(force.signal);
    protocols.drain();
    await front?.untilNoConnection(force.signal);
    clearTimeout(timer);
    calls.destroy();
    front?.destroy();
    protocols.close();
    // Last, so that the shutdown can be watched.
    await diagnostics?.close();
  };

  return {
    run({ grace = defaultGraceMs, drainDelay = 0 }) {
      if (grace <= 0) {
        graceOver.abort();
      } else {
        const timer = setTimeout(() => graceOver.abort(), grace);
        closed.promise.then(
          () => clearTimeout(timer),
          () => clearTimeout(timer),
        );
      }
      if (!running) {
        running = true;
        end(drainDelay).finally(parts.done).then(closed.resolve, closed.reject);
      }
      return closed.promise;
    },
    closed: closed.promise,
    draining: draining.signal,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
