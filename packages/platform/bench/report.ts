import type { Figures } from "./measure.ts";

/** Tables, one a case. The ratio is how much of the bare handlers' CPU the full stack needs, on the same store. */
export function formatFigures(figures: readonly Figures[]): string {
  const head = [
    "case",
    "store",
    "stack",
    "per second",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU ms each",
    "CPU ratio",
    "peak MB",
  ];
  const rows = figures.map((one) => {
    const bare = figures.find(
      ({ case: name, store, stack }) => name === one.case && store === one.store && stack === "bare",
    );
    const ratio = bare === undefined || bare === one ? "" : `${(one.cpuMs / bare.cpuMs).toFixed(2)}×`;
    return [
      one.case,
      one.store,
      one.stack,
      `${number(one.perSecond)} ${one.unit}`,
      number(one.p50Ms),
      number(one.p95Ms),
      number(one.p99Ms),
      number(one.cpuMs),
      ratio,
      one.peakMb.toFixed(0),
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Three digits that count. */
function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
