/** Calls `run` with how many of the signals have arrived. Returns what stops it. */
export function onSignals(signals: readonly NodeJS.Signals[], run: (count: number) => void): () => void {
  let count = 0;
  const listener = (): void => run(++count);
  for (const signal of signals) {
    process.on(signal, listener);
  }
  return () => {
    for (const signal of signals) {
      process.off(signal, listener);
    }
  };
}
