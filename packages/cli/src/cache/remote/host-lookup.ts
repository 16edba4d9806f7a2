import { Resolver, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";

/**
 * Resolves host names as usual, but only where the name servers answer at all within `timeoutMs`. The system's own
 * lookup cannot be given up: with a name server that is silent, as behind a dead VPN, it would keep the process
 * from ending for ten seconds and more.
 *
 * @param ports for tests: whose servers are tried, and who resolves then
 */
export function boundedLookup(
  timeoutMs: number,
  { resolver = new Resolver(), lookup = systemLookup as LookupFunction } = {},
): LookupFunction {
  let isAnswered: Promise<boolean> | undefined;
  return (hostname, options, callback) => {
    isAnswered ??= isLocal(hostname) ? Promise.resolve(true) : answers(resolver, hostname, timeoutMs);
    void isAnswered.then((isAlive) => {
      if (isAlive) {
        lookup(hostname, options, callback);
      } else {
        callback(Object.assign(new Error("no name server answers"), { code: "ETIMEOUT" }), "");
      }
    });
  };
}

/** Whether there is an answer of any kind: that the name is unknown is one, and the hosts file may know it. */
function answers(resolver: Resolver, hostname: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolver.cancel(), timeoutMs);
    resolver.resolve4(hostname, (reason) => {
      clearTimeout(timer);
      resolve(reason?.code !== "ECANCELLED" && reason?.code !== "ETIMEOUT");
    });
  });
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || isIP(hostname) !== 0;
}
