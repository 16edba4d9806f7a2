/**
 * Yields what any of the sources yields, as it comes. A source is asked for more only after what it gave was taken. The first
 * source that ends, ends them all, with what it returns or throws.
 */
export async function* merge<T, R>(sources: readonly AsyncGenerator<T, R>[]): AsyncGenerator<T, R> {
  const ready: (() => { source: AsyncGenerator<T, R>; result: IteratorResult<T, R> })[] = [];
  let wake = (): void => undefined;
  // Not `Promise.race`: a source that is silent for long would collect a callback for each value of the others.
  const pull = (source: AsyncGenerator<T, R>): void => {
    source
      .next()
      .then(
        (result) => ready.push(() => ({ source, result })),
        (error: unknown) =>
          ready.push(() => {
            throw error;
          }),
      )
      .then(() => wake());
  };
  for (const source of sources) {
    pull(source);
  }
  try {
    for (;;) {
      const take = ready.shift();
      if (take === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { source, result } = take();
      if (result.done) {
        return result.value;
      }
      yield result.value;
      pull(source);
    }
  } finally {
    for (const source of sources) {
      // Not awaited: one may wait for a message of the client, which need not come.
      source.return(undefined as R).catch(() => undefined);
    }
  }
}
