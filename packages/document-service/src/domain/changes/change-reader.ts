import { sizes } from "../limits.ts";
import type { Change, Store } from "../store.ts";

/** Reads pages of changes. */
export interface ChangeReader {
  /** Up to `sizes.changesPerRead` changes after a sequence, as of the piece of news with this version or later. */
  read(partnerId: string, after: number, version: number): Promise<readonly Change[]>;
}

/**
 * Lets all that ask for the same page at the same time share one read, so that a change costs one query and not one for
 * each watcher. The version of the news is part of what is asked: a read that began before the news was heard is not
 * shared with those that heard it.
 */
export function createChangeReader(store: Store): ChangeReader {
  const underWay = new Map<string, Promise<readonly Change[]>>();
  return {
    read(partnerId, after, version) {
      const key = `${partnerId} ${after} ${version}`;
      const shared = underWay.get(key);
      if (shared !== undefined) {
        return shared;
      }
      const reading = store
        .readOne(partnerId, (view) => view.changes(after, sizes.changesPerRead))
        .finally(() => underWay.delete(key));
      underWay.set(key, reading);
      return reading;
    },
  };
}
