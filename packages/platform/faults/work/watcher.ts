import { type Connection, codeOf } from "../harness/clients.ts";

/** Follows the changes of a partner by cursor, over whichever connections it gets. */
export interface Watcher {
  /** The sequences of the changes, as they came. */
  readonly sequences: readonly number[];
  /** How often it had to begin anew. */
  readonly breaks: () => number;
  /** The codes that streams ended with. */
  readonly codes: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts one at the beginning of `cursor`; each stream asks for its connection anew, and may be cut off by `signalOf`. */
export function watchByCursor(
  connection: () => Connection,
  cursor: string,
  signalOf: () => AbortSignal | undefined = () => undefined,
): Watcher {
  const stopping = new AbortController();
  const sequences: number[] = [];
  const codes = new Set<string>();
  let breaks = 0;
  const run = async (): Promise<void> => {
    let last = cursor;
    while (!stopping.signal.aborted) {
      const cut = signalOf();
      const signal = cut === undefined ? stopping.signal : AbortSignal.any([cut, stopping.signal]);
      try {
        for await (const { cursor: next, message } of connection().documents.watchDocuments(
          { cursor: last },
          { signal },
        )) {
          last = next;
          if (message.case === "event") {
            sequences.push(Number(message.value.sequence));
          }
        }
      } catch (error) {
        if (!signal.aborted) {
          codes.add(codeOf(error));
        }
        breaks++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const running = run();
  return {
    sequences,
    codes,
    breaks: () => breaks,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** What is wrong with sequences that should go from `first` to `last`; undefined: nothing. */
export function gapIn(sequences: readonly number[], first: number, last: number): string | undefined {
  for (const [index, sequence] of sequences.entries()) {
    if (sequence !== first + index) {
      return `${sequence} came where ${first + index} was next`;
    }
  }
  return sequences.length === last - first + 1
    ? undefined
    : `${sequences.length} changes of ${last - first + 1}`;
}
