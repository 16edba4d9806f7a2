import type { Profiler } from "node:inspector";
import type { Frame, ProfileData, StackSample } from "./encode.ts";
import { openSession } from "./session.ts";

const intervalUs = 1_000;

/**
 * Watches what this thread does until `wait` resolves, and gives the time each stack took, in nanoseconds. Time without
 * work is left out. Rejects with what `wait` rejects with; the profiler is off again in any case.
 */
export async function recordCpuProfile(wait: () => Promise<void>): Promise<ProfileData> {
  const session = openSession();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: intervalUs });
    const startedAt = Date.now();
    await session.post("Profiler.start");
    await wait();
    const { profile } = await session.post<{ profile: Profiler.Profile }>("Profiler.stop");
    return {
      types: [
        ["samples", "count"],
        ["cpu", "nanoseconds"],
      ],
      defaultType: "cpu",
      period: intervalUs * 1_000,
      startedAt,
      durationMs: (profile.endTime - profile.startTime) / 1_000,
      samples: toSamples(profile),
    };
  } finally {
    // Disconnecting also stops a profile that is on.
    session.close();
  }
}

/** Stacks of V8's tree of calls, with the time of each line that ran. */
export function toSamples(profile: Profiler.Profile): StackSample[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const { id, children } of profile.nodes) {
    for (const child of children ?? []) {
      parents.set(child, id);
    }
  }
  const timeUs = new Map<number, number>();
  for (const [index, id] of (profile.samples ?? []).entries()) {
    // The clock may step back between two samples.
    const delta = Math.max(0, profile.timeDeltas?.[index] ?? 0);
    timeUs.set(id, (timeUs.get(id) ?? 0) + delta);
  }
  const found: StackSample[] = [];
  for (const [id, us] of timeUs) {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === "(idle)") {
      continue;
    }
    const stack: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      if (frame !== undefined && frame.functionName !== "(root)") {
        stack.push(frame);
      }
    }
    if (stack.length === 0) {
      continue;
    }
    const ticks = node.positionTicks ?? [];
    const all = ticks.reduce((sum, tick) => sum + tick.ticks, 0);
    if (all === 0) {
      found.push({ stack, values: [node.hitCount ?? 0, us * 1_000] });
    }
    for (const tick of ticks) {
      found.push({
        stack,
        line: tick.line,
        values: [tick.ticks, Math.round((us * 1_000 * tick.ticks) / all)],
      });
    }
  }
  return found;
}
