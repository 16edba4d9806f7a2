import { STATUS_CODES } from "node:http";
import type { Fault } from "./breaker.ts";

/** What a status that is neither success nor a miss means for the rest of the run. */
export function statusFault(method: "GET" | "PUT", status: number): Fault {
  const name = STATUS_CODES[status] === undefined ? `${status}` : `${status} ${STATUS_CODES[status]}`;
  const what = method === "GET" ? "a lookup" : "an upload";
  if (status >= 300 && status < 400) {
    return {
      message: `answered ${what} with a redirect (${name}), which is not followed: give it its own address`,
      isFinal: true,
    };
  }
  const hint = hints[status];
  return {
    message: `answered ${what} with ${name}${hint === undefined ? "" : ` (${hint})`}`,
    isFinal: !passing.has(status),
  };
}

/** What may be better at the next request: too large is only this entry, a gateway's errors come and go. */
const passing = new Set([408, 413, 500, 502, 503, 504]);

const hints: Readonly<Record<number, string>> = {
  401: "credentials come from WIREHOUSE_REMOTE_CACHE_TOKEN, or _USER and _PASSWORD",
  403: "these credentials may not do that; WIREHOUSE_REMOTE_CACHE_MODE=read-only reads only",
  405: "it takes no uploads here; WIREHOUSE_REMOTE_CACHE_MODE=read-only reads only",
  413: "its limit for a body is too small",
  507: "it is full",
};
