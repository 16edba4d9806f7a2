import type { Case, Prepared } from "./cases/case.ts";
import { median, percentile } from "./statistics.ts";
import type { Target } from "./targets.ts";
import { readUsage, resetPeak } from "./usage.ts";

/** The figures of one case on one target: each the median over the rounds. */
export interface Figures {
  readonly case: string;
  readonly unit: Case["unit"];
  readonly stack: string;
  readonly store: string;
  /** Of the unit. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** CPU of the service, in milliseconds for each of the unit: what a core can do at most is 1000 by this. */
  readonly cpuMs: number;
  /** Of the service. */
  readonly peakMb: number;
  readonly rounds: number;
}

type Round = Omit<Figures, "case" | "unit" | "stack" | "store" | "rounds">;

/** Runs a case on all targets in turn, round by round, so that what disturbs the machine disturbs all of them. */
export async function measureCase(
  one: Case,
  targets: readonly Target[],
  { rounds, seconds, warmUpSeconds }: { rounds: number; seconds: number; warmUpSeconds: number },
): Promise<Figures[]> {
  const taking = targets.filter(({ store }) => store !== undefined || !one.needsStore);
  const found = taking.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, target] of taking.entries()) {
      const prepared = await one.prepare(target);
      try {
        await prepared.run(warmUpSeconds);
        found[index]?.push(await measureOnce(one, target, prepared, seconds));
      } finally {
        await prepared.close();
      }
    }
  }
  return taking.map(({ stack, store }, index) => {
    const of = (name: keyof Round): number => median((found[index] ?? []).map((round) => round[name]));
    return {
      case: one.name,
      unit: one.unit,
      stack,
      store: store ?? "none",
      perSecond: of("perSecond"),
      p50Ms: of("p50Ms"),
      p95Ms: of("p95Ms"),
      p99Ms: of("p99Ms"),
      cpuMs: of("cpuMs"),
      peakMb: of("peakMb"),
      rounds,
    };
  });
}

async function measureOnce(one: Case, target: Target, prepared: Prepared, seconds: number): Promise<Round> {
  const { pid } = target.process;
  resetPeak(pid);
  const before = readUsage(pid);
  const sample = await prepared.run(seconds);
  const after = readUsage(pid);
  const { latenciesMs, bytes } = sample;
  const count = one.unit === "MB" && bytes !== undefined ? bytes / 1e6 : latenciesMs.length;
  return {
    perSecond: count / sample.seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    p99Ms: percentile(latenciesMs, 0.99),
    cpuMs: (after.cpuMs - before.cpuMs) / count,
    peakMb: after.peakMb,
  };
}
