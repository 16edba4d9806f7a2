/** Who listens on which channel, in this process. */
export class WakeListeners {
  readonly #listeners = new Map<string, Set<() => void>>();

  add(channel: string, listener: () => void): () => void {
    // An own function, so that adding the same listener twice makes two that stop apart.
    const entry = (): void => listener();
    const entries = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, entries);
    entries.add(entry);
    return () => {
      entries.delete(entry);
      if (entries.size === 0 && this.#listeners.get(channel) === entries) {
        this.#listeners.delete(channel);
      }
    };
  }

  wake(channel: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      // Apart from the caller: a listener that throws is its owner's failure, not that of who wrote.
      queueMicrotask(listener);
    }
  }

  wakeAll(): void {
    for (const channel of this.#listeners.keys()) {
      this.wake(channel);
    }
  }
}
