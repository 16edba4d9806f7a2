import type { Tracer } from "./tracer.ts";

/** An event of the Trace Event Format, which chrome://tracing, Perfetto and speedscope read. Times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/**
 * Collects a run as a Chrome trace.
 * @param now milliseconds since the process started
 */
export class ChromeTrace implements Tracer {
  readonly #now: () => number;
  readonly #events: TraceEvent[] = [];
  readonly #lanes = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#lane("run");
    // Until now Node.js started and the command line was read.
    this.#add("start", 0, now(), "run");
  }

  begin(name: string, lane = "run", details?: Readonly<Record<string, unknown>>): () => void {
    const started = this.#now();
    return () => this.#add(name, started, this.#now(), lane, details);
  }

  /** The file's text. What has not ended is not in it. */
  toJson(): string {
    return `${JSON.stringify({ traceEvents: this.#events, displayTimeUnit: "ms" })}\n`;
  }

  #add(
    name: string,
    started: number,
    ended: number,
    lane: string,
    args?: Readonly<Record<string, unknown>>,
  ): void {
    this.#events.push({
      name,
      ph: "X",
      ts: Math.round(started * 1000),
      dur: Math.round((ended - started) * 1000),
      pid: 1,
      tid: this.#lane(lane),
      ...(args === undefined ? {} : { args }),
    });
  }

  #lane(name: string): number {
    const known = this.#lanes.get(name);
    if (known !== undefined) {
      return known;
    }
    const tid = this.#lanes.size + 1;
    this.#lanes.set(name, tid);
    this.#events.push({ name: "thread_name", ph: "M", ts: 0, pid: 1, tid, args: { name } });
    return tid;
  }
}
