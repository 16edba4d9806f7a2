import { isIP } from "node:net";

/** Whether only this machine can connect to that address. Names other than `localhost` may resolve to anything. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Whether a `Host` header names us. An address is fine: a page that got here by DNS rebinding sends the name under which
 * the browser knows it.
 */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header ?? "") ?? [];
  const name = (bracketed ?? plain ?? "").toLowerCase();
  if (bracketed !== undefined) {
    return isIP(name) === 6;
  }
  return isIP(name) === 4 || name === "localhost" || allowed.some((one) => one.toLowerCase() === name);
}
