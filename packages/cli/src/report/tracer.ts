/** Told when each part of a run begins and ends. */
export interface Tracer {
  /**
   * @param lane what does it: parts of one lane follow or contain each other, lanes are side by side
   * @param details shown with it
   * @returns to be called when it ends
   */
  begin(name: string, lane?: string, details?: Readonly<Record<string, unknown>>): () => void;
}

const end = () => {};

/** Costs a call and nothing else. */
export const noTracer: Tracer = { begin: () => end };

/** Traces a part that is over when the function returns or throws. */
export function traced<Result>(tracer: Tracer, name: string, work: () => Result): Result {
  const done = tracer.begin(name);
  try {
    return work();
  } finally {
    done();
  }
}

/** As {@link traced}, for a part that is over when its promise settles. */
export async function tracedAsync<Result>(
  tracer: Tracer,
  name: string,
  work: () => Promise<Result>,
  lane?: string,
): Promise<Result> {
  const done = tracer.begin(name, lane);
  try {
    return await work();
  } finally {
    done();
  }
}
