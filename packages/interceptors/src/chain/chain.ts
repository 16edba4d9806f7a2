import type { Interceptor } from "@connectrpc/connect";

/** The places of a client chain, from the outermost to the innermost. */
export interface ClientChain {
  /** First, so that everything after it sees the id. */
  requestId?: Interceptor;
  /** One span for the whole call, with all its attempts. */
  telemetry?: Interceptor;
  /** One entry for the whole call. */
  logging?: Interceptor;
  /** Before a call waits for its turn or is sent: a mistake costs nothing. */
  validate?: Interceptor;
  /** The time for the whole call: waiting, attempts and delays included. */
  timeout?: Interceptor;
  /** A call takes its turn once, whatever the number of attempts. */
  rateLimit?: Interceptor;
  /** Around auth: a token endpoint that is down is `Unavailable`, and tried again like a server that is down. */
  retry?: Interceptor;
  /** Innermost: each attempt carries the token of its moment, and nothing outside sees it. */
  auth?: Interceptor;
  /** Of your own, between `logging` and `validate`, in this order. */
  custom?: readonly Interceptor[];
}

/** The places of a server chain, from the outermost to the innermost. */
export interface ServerChain {
  requestId?: Interceptor;
  realIp?: Interceptor;
  telemetry?: Interceptor;
  /** Outside of `recovery`: it logs the code that the caller gets. */
  logging?: Interceptor;
  /** Outside of all that may throw, inside of all that reports. */
  recovery?: Interceptor;
  /** Before any work is done. */
  rateLimit?: Interceptor;
  timeout?: Interceptor;
  /** Of your own, in this order. */
  custom?: readonly Interceptor[];
  /** Innermost: the handler gets what was checked, whatever interceptors before it did to the message. */
  validate?: Interceptor;
}

/** Puts client interceptors in the order that works. Connect runs the first of an array outermost. */
export function createClientChain(chain: ClientChain): Interceptor[] {
  const { requestId, telemetry, logging, custom = [], validate, timeout, rateLimit, retry, auth } = chain;
  return present([requestId, telemetry, logging, ...custom, validate, timeout, rateLimit, retry, auth]);
}

/** Puts server interceptors in the order that works. Authentication comes before all of them: it is a `requestGate`. */
export function createServerChain(chain: ServerChain): Interceptor[] {
  const {
    requestId,
    realIp,
    telemetry,
    logging,
    recovery,
    rateLimit,
    timeout,
    custom = [],
    validate,
  } = chain;
  return present([requestId, realIp, telemetry, logging, recovery, rateLimit, timeout, ...custom, validate]);
}

function present(interceptors: readonly (Interceptor | undefined)[]): Interceptor[] {
  return interceptors.filter((interceptor) => interceptor !== undefined);
}
