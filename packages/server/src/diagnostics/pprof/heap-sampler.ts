import type { Frame } from "./encode.ts";
import { type InspectorSession, openSession } from "./session.ts";

/** V8's answer; Node's own types lack half of it. */
export interface SampledHeap {
  head: HeapNode;
  /** One for each sample that is alive. */
  samples: {
    nodeId: number;
    /** Bytes that it stands for. */
    size: number;
    /** Rises with each sample that is taken. */
    ordinal: number;
  }[];
}

/** A stack, as a path from the root. */
export interface HeapNode {
  id: number;
  callFrame: Frame;
  children: HeapNode[];
}

/** A share in the sampling of this thread's heap, which is one: V8 has one sampler a heap. */
export interface HeapSampler {
  /** Of what was allocated since sampling began, what is alive. */
  read(): Promise<SampledHeap>;
  /** A full garbage collection, during which the process stands still. */
  collectGarbage(): Promise<void>;
  /** The distance of samples that is in force, in bytes. */
  readonly intervalBytes: number;
  /** When sampling began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Gives the share back; sampling ends with the last one. */
  release(): void;
}

interface Sampling {
  session: InspectorSession;
  started: Promise<unknown>;
  intervalBytes: number;
  startedAt: number;
  shares: number;
}

let current: Sampling | undefined;

/** Begins to sample, or joins in where it is on already, with the interval of the first. */
export async function shareHeapSampler(intervalBytes: number): Promise<HeapSampler> {
  current ??= begin(intervalBytes);
  const sampling = current;
  sampling.shares++;
  let isReleased = false;
  const release = (): void => {
    if (!isReleased) {
      isReleased = true;
      sampling.shares--;
      if (sampling.shares === 0) {
        current = undefined;
        // Disconnecting also stops the sampling.
        sampling.session.close();
      }
    }
  };
  try {
    await sampling.started;
  } catch (error) {
    release();
    throw error;
  }
  return {
    intervalBytes: sampling.intervalBytes,
    startedAt: sampling.startedAt,
    release,
    async read() {
      const { profile } = await sampling.session.post<{ profile: SampledHeap }>(
        "HeapProfiler.getSamplingProfile",
      );
      return profile;
    },
    async collectGarbage() {
      await sampling.session.post("HeapProfiler.collectGarbage");
    },
  };
}

function begin(intervalBytes: number): Sampling {
  const session = openSession();
  const started = session.post("HeapProfiler.startSampling", { samplingInterval: intervalBytes });
  return { session, started, intervalBytes, startedAt: Date.now(), shares: 0 };
}
