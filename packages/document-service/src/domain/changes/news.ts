import type { Clock } from "../context.ts";
import type { Store } from "../store.ts";

/** How often the store is asked for news that no hint told of, in milliseconds. */
const pollInterval = 1000;

/** Tells those that wait when to look at the store again. One for the whole process. */
export interface News {
  subscribe(partnerId: string): Subscription;
  /** Stops asking the store. */
  close(): void;
}

/** Waits for news of one partner. */
export interface Subscription extends Disposable {
  /** Grows with each piece of news. Read it before the store, and wait for it to change after. */
  readonly version: number;
  /** Resolves with true once the version is not `seen` any more, or with false when the signal aborts first. */
  changed(seen: number, signal: AbortSignal): Promise<boolean>;
}

interface Partner {
  version: number;
  pulse: number | undefined;
  subscriptions: number;
  readonly waiting: Set<() => void>;
  readonly stop: () => void;
}

/**
 * Listens to the store's hints, and asks for what they may have missed once a second: in one query for all partners that
 * somebody waits for, however many wait.
 */
export function createNews(store: Store, clock: Clock): News {
  const partners = new Map<string, Partner>();
  const closed = new AbortController();
  let polling = false;

  const tell = (partner: Partner): void => {
    partner.version++;
    const waiting = [...partner.waiting];
    partner.waiting.clear();
    for (const wake of waiting) {
      wake();
    }
  };

  const poll = async (): Promise<void> => {
    while (partners.size > 0 && !closed.signal.aborted) {
      try {
        await clock.sleep(pollInterval, closed.signal);
        const pulses = await store.pulses([...partners.keys()]);
        for (const [partnerId, partner] of partners) {
          const pulse = pulses.get(partnerId) ?? 0;
          if (partner.pulse !== pulse) {
            partner.pulse = pulse;
            tell(partner);
          }
        }
      } catch {
        // The store is away for a moment, which its users notice for themselves; or this was closed.
      }
    }
    polling = false;
  };

  return {
    subscribe(partnerId) {
      let partner = partners.get(partnerId);
      if (partner === undefined) {
        const stop = store.onStir(partnerId, () => {
          const told = partners.get(partnerId);
          if (told !== undefined) {
            tell(told);
          }
        });
        partner = { version: 0, pulse: undefined, subscriptions: 0, waiting: new Set(), stop };
        partners.set(partnerId, partner);
      }
      const own = partner;
      own.subscriptions++;
      if (!polling) {
        polling = true;
        void poll();
      }
      return {
        get version() {
          return own.version;
        },
        changed: (seen, signal) =>
          new Promise((resolve) => {
            if (signal.aborted || own.version !== seen) {
              resolve(!signal.aborted);
              return;
            }
            const end = (result: boolean): void => {
              own.waiting.delete(wake);
              signal.removeEventListener("abort", stop);
              resolve(result);
            };
            const wake = (): void => end(true);
            const stop = (): void => end(false);
            own.waiting.add(wake);
            signal.addEventListener("abort", stop, { once: true });
          }),
        [Symbol.dispose]() {
          own.subscriptions--;
          if (own.subscriptions === 0) {
            partners.delete(partnerId);
            own.stop();
          }
        },
      };
    },
    close: () => closed.abort(new Error("news of changes are no longer followed")),
  };
}
