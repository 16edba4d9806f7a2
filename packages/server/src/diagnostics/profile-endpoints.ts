import { setTimeout as pause } from "node:timers/promises";
import { type Answer, type Endpoint, plain } from "./http.ts";
import { recordCpuProfile } from "./pprof/cpu-profile.ts";
import { encodeProfile, type ProfileData } from "./pprof/encode.ts";
import { recordHeapProfile } from "./pprof/heap-profile.ts";
import { type HeapSampler, shareHeapSampler } from "./pprof/heap-sampler.ts";

const maxSeconds = 60;
const defaultSeconds = 30;

interface Profiling {
  /** Undefined where allocations are not sampled all the time. */
  sampler: () => HeapSampler | undefined;
  intervalBytes: number;
  /** Aborted when the listener closes. */
  closing: AbortSignal;
}

/** `/debug/pprof/*`: what `net/http/pprof` of Go has that V8 can tell. One profile at a time. */
export function profileEndpoints({ sampler, intervalBytes, closing }: Profiling): [string, Endpoint][] {
  let busyUntil: number | undefined;

  async function exclusively(
    name: string,
    seconds: number | undefined,
    client: AbortSignal,
    record: (wait: () => Promise<void>) => Promise<ProfileData>,
  ): Promise<Answer> {
    if (busyUntil !== undefined) {
      const left = Math.max(1, Math.ceil((busyUntil - performance.now()) / 1_000));
      return plain(503, `another profile is being taken, for ${left} s more`, {
        "retry-after": String(left),
      });
    }
    busyUntil = performance.now() + (seconds ?? 0) * 1_000;
    try {
      const signal = AbortSignal.any([client, closing]);
      const data = await record(() => pause((seconds ?? 0) * 1_000, undefined, { signal }));
      return {
        status: 200,
        type: "application/octet-stream",
        body: await encodeProfile(data),
        headers: { "content-disposition": `attachment; filename="${name}.pb.gz"` },
      };
    } finally {
      busyUntil = undefined;
    }
  }

  return [
    [
      "/debug/pprof/profile",
      {
        parameters: ["seconds"],
        handle(query, client) {
          const seconds = readSeconds(query.get("seconds") ?? String(defaultSeconds));
          return seconds === undefined
            ? badSeconds
            : exclusively("profile", seconds, client, (wait) => recordCpuProfile(wait));
        },
      },
    ],
    [
      "/debug/pprof/heap",
      {
        parameters: ["seconds", "gc"],
        async handle(query, client) {
          const asked = query.get("seconds");
          const seconds = asked === null ? undefined : readSeconds(asked);
          const gc = query.get("gc") ?? "0";
          if (asked !== null && seconds === undefined) {
            return badSeconds;
          }
          if (gc !== "0" && gc !== "1") {
            return plain(400, "gc is 0 or 1");
          }
          if (seconds === undefined && sampler() === undefined) {
            return plain(
              400,
              "allocations are not sampled all the time (heapSampling: false): ask with ?seconds=N",
            );
          }
          return exclusively("heap", seconds, client, async (wait) => {
            // A share of its own: the one that is on all the time may end while this one waits.
            const share = await shareHeapSampler(intervalBytes);
            try {
              const window = seconds === undefined ? {} : { wait };
              return await recordHeapProfile(share, { collectGarbage: gc === "1", ...window });
            } finally {
              share.release();
            }
          });
        },
      },
    ],
  ];
}

const badSeconds = plain(400, `seconds is a whole number from 1 to ${maxSeconds}`);

function readSeconds(text: string): number | undefined {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return seconds >= 1 && seconds <= maxSeconds ? seconds : undefined;
}
