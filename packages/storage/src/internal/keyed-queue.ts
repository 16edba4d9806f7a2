/** Runs what has the same key one after the other, in the order of the calls. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const turn = Promise.withResolvers<void>();
    this.#tails.set(key, turn.promise);
    await before;
    try {
      return await task();
    } finally {
      if (this.#tails.get(key) === turn.promise) {
        this.#tails.delete(key);
      }
      turn.resolve();
    }
  }
}
