/** What a case found. */
export interface Sample {
  /** Of each call, or of each delivery. */
  readonly latenciesMs: readonly number[];
  /** How long all of it took. */
  readonly seconds: number;
  /** Bytes of content that were moved, where that is what counts. */
  readonly bytes?: number;
}

/** Calls over and over, each of so many callers one at a time, for so long. A call that fails ends the benchmark. */
export async function closedLoop(
  call: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
): Promise<Sample> {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      const before = performance.now();
      await call();
      latenciesMs.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { latenciesMs, seconds: (performance.now() - started) / 1000 };
}
