import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop was, in milliseconds. */
export interface EventLoopDelay {
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** How far back the figures reach, in seconds. */
  windowSeconds: number;
}

/** Watches the event loop. The figures cover the last 30 to 60 s, so that they tell of now and not of the start. */
export function watchEventLoop(now: () => number = () => performance.now()) {
  const windowMs = 30_000;
  const resolutionMs = 10;
  const begin = () => {
    const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    histogram.enable();
    return { histogram, since: now() };
  };
  let older = begin();
  let newer = older;
  const timer = setInterval(() => {
    if (older !== newer) {
      older.histogram.disable();
    }
    older = newer;
    newer = begin();
  }, windowMs);
  timer.unref();
  // The histogram measures from one timer to the next, so what was asked for is no delay.
  const ms = (ns: number) => Math.max(0, Math.round((ns / 1e6 - resolutionMs) * 100) / 100);
  return {
    read(): EventLoopDelay {
      const { histogram, since } = older;
      return {
        p50: ms(histogram.percentile(50)),
        p90: ms(histogram.percentile(90)),
        p99: ms(histogram.percentile(99)),
        max: ms(histogram.max),
        windowSeconds: Math.round((now() - since) / 1_000),
      };
    },
    stop(): void {
      clearInterval(timer);
      older.histogram.disable();
      newer.histogram.disable();
    },
  };
}
