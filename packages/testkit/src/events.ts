/** Lets a test wait for a state instead of for a time. */
export interface StateWatcher {
  /** Says that the state may have changed. */
  changed(): void;
  /** Resolves as soon as `holds()` is true: at once, or after a later `changed()`. */
  until(holds: () => boolean): Promise<void>;
}

/** Creates a watcher. A waiter whose state never comes stays pending: the test runner's limit reports it. */
export function createStateWatcher(): StateWatcher {
  const waiters = new Set<{ holds: () => boolean; resolve: () => void }>();
  return {
    changed() {
      for (const waiter of waiters) {
        if (waiter.holds()) {
          waiters.delete(waiter);
          waiter.resolve();
        }
      }
    },
    until(holds) {
      if (holds()) {
        return Promise.resolve();
      }
      return new Promise((resolve) => waiters.add({ holds, resolve }));
    },
  };
}
