/** Milliseconds that a timer may be late on a machine that is busy with other things. */
const lateMs = 50;

/**
 * A time limit for an answer. Time in which this process was too busy to notice one does not count: writing
 * thousands of files takes seconds in which an answer may have come, and a request may not have left.
 */
export class Deadline {
  readonly #limitMs: number;
  readonly #onMissed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #turn = 0;

  constructor(limitMs: number, onMissed: () => void) {
    this.#limitMs = limitMs;
    this.#onMissed = onMissed;
    this.#arm(limitMs);
  }

  /** Starts the time again. */
  extend(): void {
    this.#arm(this.#limitMs);
  }

  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.stop();
    this.#due = performance.now() + ms;
    this.#timer = setTimeout(() => this.#check(), ms);
  }

  #check(): void {
    const late = performance.now() - this.#due;
    if (late > lateMs) {
      this.#arm(Math.min(late, this.#limitMs));
      return;
    }
    // What has arrived is read between timers and immediates: an answer that is there counts.
    const turn = this.#turn;
    setImmediate(() => {
      if (turn === this.#turn) {
        this.#onMissed();
      }
    });
  }
}
