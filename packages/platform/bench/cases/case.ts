import type { Sample } from "../closed-loop.ts";
import type { Target } from "../targets.ts";

/** Something that is measured. */
export interface Case {
  readonly name: string;
  /** Whether a latency is that of a call, or of what the name says. */
  readonly unit: "calls" | "deliveries" | "MB" | "tokens";
  /** Whether servers without a store can take part. */
  readonly needsStore: boolean;
  /** Makes what the case needs, and warms it up; the result is then run, for about so many seconds each time. */
  prepare(target: Target): Promise<Prepared>;
}

export interface Prepared {
  run(seconds: number): Promise<Sample>;
  close(): void | Promise<void>;
}
