import type { ServerHttp2Session } from "node:http2";
import type { ServerLimits } from "../limits.ts";

/** An HTTP/2 connection under the limits of the server. */
export interface ManagedSession {
  /** Counts a call in. Returns undefined when the connection has too many running already, else what counts it out. */
  enter(): (() => void) | undefined;
  /** Tells the client to open no more streams here, and closes when those that are open have ended. */
  goAway(): void;
}

/** Watches over a connection: idle time, age, dead peers. */
export function manageSession(
  session: ServerHttp2Session,
  limits: ServerLimits,
  random: () => number = Math.random,
): ManagedSession {
  let running = 0;
  let idleSince = performance.now();
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number, run: () => void): void => {
    if (Number.isFinite(ms)) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer.unref());
    }
  };

  // One GOAWAY, that names the last stream which is served. RFC 9113, section 6.8, would have a notice before it that refuses no
  // stream yet, but nghttp2 ignores new streams behind any GOAWAY that Node.js lets us send. Those that are on their way are
  // therefore refused unprocessed (REFUSED_STREAM), which clients of gRPC repeat by themselves elsewhere.
  const goAway = (): void => {
    if (!session.destroyed && !session.closed) {
      session.close();
    }
  };

  const checkIdle = (): void => {
    const left = running > 0 ? limits.idleTimeoutMs : idleSince + limits.idleTimeoutMs - performance.now();
    left <= 0 ? goAway() : after(Math.ceil(left), checkIdle);
  };
  const keepAlive = (): void => {
    let answered = false;
    const sent = !session.destroyed && !session.closed && session.ping(() => (answered = true));
    if (sent) {
      after(limits.keepAliveTimeoutMs, () => {
        if (!answered) {
          session.destroy();
        }
      });
    }
    after(limits.keepAliveIntervalMs, keepAlive);
  };
  after(limits.idleTimeoutMs, checkIdle);
  after(limits.keepAliveIntervalMs, keepAlive);
  // Spread, so that connections opened together do not come back together (gRFC A9).
  after(limits.maxConnectionAgeMs * (0.9 + 0.2 * random()), () => {
    goAway();
    after(limits.maxConnectionAgeGraceMs, () => session.destroy());
  });

  // A connection that breaks, or that Node.js cuts for flooding, is the client's affair: its calls learn by their signals.
  session.on("error", () => {});
  session.once("close", () => {
    for (const timer of timers) {
      clearTimeout(timer);
    }
    timers.clear();
  });

  return {
    goAway,
    enter() {
      // A stream that the client resets frees its place at once, but its handler may run on (CVE-2023-44487).
      if (running >= 2 * limits.maxConcurrentStreams) {
        return undefined;
      }
      running++;
      return () => {
        if (--running === 0) {
          idleSince = performance.now();
        }
      };
    },
  };
}
