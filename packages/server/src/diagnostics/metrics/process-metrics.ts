import { collectDefaultMetrics, Registry } from "prom-client";

let shared: Registry | undefined;

/** The usual metrics of a Node.js process. They watch all of it, and cannot be stopped: one set has to do for everyone. */
export function processMetrics(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}
