import type { Frame, ProfileData, StackSample } from "./encode.ts";
import type { HeapNode, HeapSampler, SampledHeap } from "./heap-sampler.ts";
import { objectSize } from "./object-size.ts";

/** What `recordHeapProfile` does besides reading. */
export interface HeapProfileOptions {
  /** Collect garbage first, so that only what is still referenced is counted. */
  collectGarbage: boolean;
  /** Only what is allocated from now until this resolves, and alive then. Without it, since sampling began. */
  wait?: () => Promise<void>;
}

/** What is alive, by the stack that allocated it: `inuse_space` in bytes, and `inuse_objects`, which is an estimate. */
export async function recordHeapProfile(
  sampler: HeapSampler,
  { collectGarbage, wait }: HeapProfileOptions,
): Promise<ProfileData> {
  let after = 0;
  let startedAt = sampler.startedAt;
  if (wait !== undefined) {
    startedAt = Date.now();
    // Samples are numbered in the order of their allocation.
    after = (await sampler.read()).samples.reduce((last, { ordinal }) => Math.max(last, ordinal), 0);
    await wait();
  }
  if (collectGarbage) {
    await sampler.collectGarbage();
  }
  const profile = await sampler.read();
  return {
    types: [
      ["inuse_objects", "count"],
      ["inuse_space", "bytes"],
    ],
    defaultType: "inuse_space",
    period: sampler.intervalBytes,
    startedAt,
    durationMs: Date.now() - startedAt,
    samples: toSamples(profile, sampler.intervalBytes, after),
  };
}

function toSamples({ head, samples }: SampledHeap, intervalBytes: number, after: number): StackSample[] {
  const stacks = new Map<number, Frame[]>();
  const pending: { node: HeapNode; callers: Frame[] }[] = [{ node: head, callers: [] }];
  for (const { node, callers } of pending) {
    const stack = node.callFrame.functionName === "(root)" ? callers : [node.callFrame, ...callers];
    stacks.set(node.id, stack);
    pending.push(...node.children.map((child) => ({ node: child, callers: stack })));
  }
  const found = new Map<number, { stack: Frame[]; values: [objects: number, bytes: number] }>();
  const objects = new Map<number, number>();
  for (const { nodeId, size, ordinal } of samples) {
    const stack = stacks.get(nodeId) ?? [];
    if (ordinal <= after || stack.length === 0) {
      continue;
    }
    const sum = found.get(nodeId) ?? { stack, values: [0, 0] };
    const count = objects.get(size) ?? size / objectSize(size, intervalBytes);
    objects.set(size, count);
    sum.values[0] += count;
    sum.values[1] += size;
    found.set(nodeId, sum);
  }
  return [...found.values()];
}
