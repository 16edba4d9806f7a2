import { slope } from "../statistics.ts";

/** What a service holds after a forced garbage collection. */
export interface Sample {
  readonly minute: number;
  readonly heapMb: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly streams: number;
}

/** The part of `/healthz` that is read. */
interface Status {
  readonly memoryBytes: { readonly rss: number; readonly heapUsed: number };
  readonly handles: Readonly<Record<string, number>>;
  readonly open: { readonly streams: number };
}

/** Collects garbage in a service, through its diagnostics, and reads what is left. */
export async function takeSample(diagnosticsUrl: string, minute: number): Promise<Sample> {
  const collected = await fetch(new URL("/debug/pprof/heap?gc=1", diagnosticsUrl));
  if (!collected.ok) {
    throw new Error(`diagnostics: ${collected.status} ${await collected.text()}`);
  }
  await collected.arrayBuffer();
  const { memoryBytes, handles, open } = (await (
    await fetch(new URL("/healthz", diagnosticsUrl))
  ).json()) as Status;
  return {
    minute,
    heapMb: memoryBytes.heapUsed / 2 ** 20,
    rssMb: memoryBytes.rss / 2 ** 20,
    handles: Object.values(handles).reduce((sum, count) => sum + count, 0),
    streams: open.streams,
  };
}

/** By how much memory may grow: more than this over an hour would be seen in a day. In MiB a minute. */
export const bounds = { heapMb: 0.25, rssMb: 1.5 } as const;

/** By how much each figure grows a minute, by a straight line through the samples after the warm-up, the first fifth. */
export function growth(samples: readonly Sample[]): { heapMb: number; rssMb: number; isFlat: boolean } {
  const settled = samples.slice(Math.ceil(samples.length / 5));
  const heapMb = slope(settled.map((sample) => [sample.minute, sample.heapMb]));
  const rssMb = slope(settled.map((sample) => [sample.minute, sample.rssMb]));
  return { heapMb, rssMb, isFlat: heapMb <= bounds.heapMb && rssMb <= bounds.rssMb };
}
