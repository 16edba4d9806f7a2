/** Milliseconds that making the outputs of one unit takes, roughly: what a hit saves. */
export const unitMs = 2;

/** Bytes a millisecond (5 MB/s) at which outputs are made here: a transfer that is slower saves nothing. */
export const bytesPerMs = 5000;

/**
 * How long a run may wait for the remote cache: a basic allowance, and what the remote has saved by its answers.
 * So a run loses the allowance at most, whatever the remote does, and one that helps may take its time.
 */
export class Budget {
  readonly #started: number;
  readonly #now: () => number;
  readonly #onSpent: () => void;
  #allowance: number;
  #timer: NodeJS.Timeout | undefined;
  #isSpent = false;

  /** @param onSpent called once, when there is no time left */
  constructor(allowanceMs: number, onSpent: () => void, now: () => number = () => performance.now()) {
    this.#allowance = allowanceMs;
    this.#onSpent = onSpent;
    this.#now = now;
    this.#started = now();
    this.#arm();
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.#now() - this.#started;
  }

  /** Adds what units and bytes, come or gone, are worth. */
  earn(units: number, bytes: number): void {
    this.#allowance += units * unitMs + bytes / bytesPerMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(
      () => {
        if (this.elapsed < this.#allowance) {
          this.#arm();
        } else {
          this.#isSpent = true;
          this.#onSpent();
        }
      },
      Math.max(1, this.#allowance - this.elapsed),
    );
  }
}
