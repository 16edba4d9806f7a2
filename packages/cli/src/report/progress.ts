/** Told what a run is doing. All of it is optional to show. */
export interface Progress {
  /** A phase begins; `total` is what its steps add up to, where that is known. */
  phase(name: string, total?: number): void;
  step(count: number): void;
  /** Something begins that may take long; what is returned is to be called when it ends. */
  begin?(what: string): () => void;
}

/** A progress that can be taken off the terminal, so that results stand alone. */
export interface ShownProgress extends Progress {
  stop(): void;
}

export const silent: ShownProgress = { phase: () => {}, step: () => {}, stop: () => {} };
