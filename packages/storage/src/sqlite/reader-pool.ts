/** Lends readers out, one user at a time each, opening them as they are needed; who finds none free waits in line. */
export class ReaderPool<Reader> {
  readonly #idle: Reader[] = [];
  readonly #waiting: ((reader: Reader) => void)[] = [];
  readonly #open: () => Reader;
  #unopened: number;

  constructor(size: number, open: () => Reader) {
    this.#unopened = size;
    this.#open = open;
  }

  async use<T>(run: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = this.#take() ?? (await new Promise<Reader>((resolve) => this.#waiting.push(resolve)));
    try {
      return await run(reader);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#idle.push(reader);
      } else {
        next(reader);
      }
    }
  }

  #take(): Reader | undefined {
    const reader = this.#idle.pop();
    if (reader !== undefined || this.#unopened === 0) {
      return reader;
    }
    const opened = this.#open();
    this.#unopened--;
    return opened;
  }
}
