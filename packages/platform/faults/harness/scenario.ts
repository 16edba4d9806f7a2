import type { Random } from "./random.ts";
import type { StoreKind, Stores } from "./stores.ts";

/** What a fault did to the services. Each figure is a name and what was measured. */
export type Figures = Readonly<Record<string, string | number>>;

/** What a scenario gets. */
export interface FaultContext {
  readonly stores: Stores;
  readonly random: Random;
  /** Fewer rounds, for a quick look. */
  readonly quick: boolean;
  /** To be undone at the end, last first, however the scenario ends. */
  defer(undo: () => Promise<unknown> | unknown): void;
  /** A line for who watches. */
  note(text: string): void;
}

/** One fault, tried for real. It throws if a promise was broken, or `Skip`. */
export interface Scenario {
  readonly name: string;
  readonly store: StoreKind;
  run(context: FaultContext): Promise<Figures>;
}

/** Why a fault cannot be tried on this machine. `needs` is what `--require` calls it. */
export class Skip extends Error {
  override readonly name = "Skip";
  readonly needs: string;

  constructor(needs: string, message: string) {
    super(message);
    this.needs = needs;
  }
}

/** A promise of the services that was broken. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** Throws `Broken` unless it holds. */
export function expect(holds: boolean, promise: string, found?: unknown): asserts holds {
  if (!holds) {
    const shown = found === undefined ? "" : `: ${typeof found === "string" ? found : JSON.stringify(found)}`;
    throw new Broken(`${promise}${shown}`);
  }
}
