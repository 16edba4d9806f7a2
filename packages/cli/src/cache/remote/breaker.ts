/** Something that a remote cache should not do. Reported, never thrown: no run depends on it. */
export interface Fault {
  /** Completes "the remote cache … ": "answered 403 Forbidden". */
  readonly message: string;
  /** Whether asking again in the same run is in vain. */
  readonly isFinal: boolean;
}

/** Faults a run puts up with before it leaves the remote cache alone, where none is final. */
const limit = 3;

/**
 * Decides when a run leaves the remote cache alone: after a fault that will not pass by itself (nobody there,
 * no answer in time, access refused), else after the third. Warns of the first only: one warning a run.
 */
export class Breaker {
  readonly #name: string;
  readonly #warn: (message: string) => void;
  readonly #onOpen: () => void;
  #faults = 0;
  #isOpen = false;

  /** @param name the address of the remote cache, for the warning */
  constructor(name: string, options: { warn: (message: string) => void; onOpen: () => void }) {
    this.#name = name;
    this.#warn = options.warn;
    this.#onOpen = options.onOpen;
  }

  /** Whether the remote cache is left alone from now on. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  report({ message, isFinal }: Fault): void {
    if (this.#isOpen) {
      return; // What is still under way fails for the same reason.
    }
    this.#faults++;
    this.#isOpen = isFinal || this.#faults >= limit;
    if (this.#faults === 1) {
      const then = isFinal ? "this run goes on without it" : "this run goes on without what it concerns";
      this.#warn(`the remote cache ${this.#name} ${message}; ${then}`);
    }
    if (this.#isOpen) {
      this.#onOpen();
    }
  }
}
