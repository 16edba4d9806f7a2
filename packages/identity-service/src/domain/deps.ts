import type { Clock, Ids } from "./ports.ts";
import type { IdentityStore } from "./store.ts";

/** What the operations of the domain work with. */
export interface DomainDeps {
  readonly store: IdentityStore;
  readonly ids: Ids;
  readonly now: Clock;
}
