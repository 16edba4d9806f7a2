/**
 * The distance of samples, in bytes: 512 KiB as in Go, but for a number that nearly all sizes of small objects divide
 * (8 * 65,520). With it `objectSize` finds these exactly; with 524,288 not even half of them.
 */
export const defaultIntervalBytes = 524_160;

/**
 * V8 samples one allocation in about `intervalBytes`, and reports for each not the object's size but the bytes it stands for:
 * `size * round(1 / (1 - exp(-size / intervalBytes)))`. This finds the size again. More than one may give the same
 * product; the smallest is returned, as small objects are by far the most frequent ones. An estimate, then.
 */
export function objectSize(standsFor: number, intervalBytes: number): number {
  // Objects are aligned to 8 bytes, and the smallest has a header and one field.
  const alignment = 8;
  for (let size = 2 * alignment; size < standsFor; size += alignment) {
    if (standsFor % size === 0 && standsFor / size === objectsPerSample(size, intervalBytes)) {
      return size;
    }
  }
  return standsFor;
}

/** How many objects of that size one sample stands for (`SamplingHeapProfiler::ScaleSample` in V8). */
export function objectsPerSample(size: number, intervalBytes: number): number {
  return Math.floor(1 / (1 - Math.exp(-size / intervalBytes)) + 0.5);
}
