import { StorageError } from "../errors.ts";

/** Counts what is under way, so that closing waits for it and nothing begins afterwards. */
export class Lifetime {
  #running = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async during<T>(run: () => Promise<T>): Promise<T> {
    if (this.closed) {
      throw new StorageError("closed", "the database is closed");
    }
    this.#running++;
    try {
      return await run();
    } finally {
      this.#running--;
      if (this.#running === 0) {
        this.#idle?.();
      }
    }
  }

  close(release: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#drain().then(release);
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }
}
