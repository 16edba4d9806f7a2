import { setTimeout } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";

/** How a stream that broke is taken up again. */
export interface ResumeOptions {
  /** Is told why, and where it goes on, before the stream is opened again. */
  readonly onResume?: ((error: ConnectError, from: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** So often in a row without progress, then the error goes through. */
const mostInARow = 5;

/**
 * Decides whether a stream is opened again: when its token ended on the way, which `bearerAuth` cannot hide once messages were
 * delivered, and when the server or the connection went away. The token of the next one is fresh: `bearerAuth` sees to it.
 */
export function createResumption({ signal }: ResumeOptions) {
  let inARow = 0;
  return {
    /** Something arrived: failures count from here. */
    progress(): void {
      inARow = 0;
    },
    /** Returns, with the error, when to go on; throws what it was given when not to. */
    async next(reason: unknown): Promise<ConnectError> {
      const error = ConnectError.from(reason);
      const passing = error.code === Code.Unauthenticated || error.code === Code.Unavailable;
      if (signal?.aborted || !passing || inARow >= mostInARow) {
        throw reason;
      }
      if (inARow++ > 0 || error.code === Code.Unavailable) {
        await setTimeout(100 * 2 ** inARow, undefined, signal === undefined ? {} : { signal });
      }
      return error;
    },
  };
}
