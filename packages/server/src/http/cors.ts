import { cors as connectCors } from "@connectrpc/connect";
import { ServerError } from "../errors.ts";

/** Which pages of other origins may call this server from a browser. Without it: none. */
export interface CorsOptions {
  /** Origins, each exactly as browsers send it, for example "https://app.example.com". `"*"`, alone, allows every origin. */
  origins: readonly string[] | "*";
  /** Further request headers that pages may send. Those of the protocols, and `Authorization`, are allowed. */
  allowedHeaders?: readonly string[];
  /** Further response headers that pages may read. Those of the protocols, and `WWW-Authenticate`, may be read. */
  exposedHeaders?: readonly string[];
  /** How long a browser may keep the answer to a preflight request, in seconds. Default 7200, the most that Chrome keeps. */
  maxAgeSeconds?: number;
}

/** The decisions of CORS on one request. */
export interface Cors {
  /** Headers to add to a response, or undefined when the origin is not allowed. `Vary` is set in any case. */
  decorate(header: Headers, origin: string | null): void;
  /** The answer to a preflight request. */
  preflight(origin: string): { status: number; header: Headers };
}

/** Connect's list lacks the header that carries the token, and the one that says why it was refused. */
const allowedByDefault = [...connectCors.allowedHeaders, "Authorization"];
const exposedByDefault = [...connectCors.exposedHeaders, "WWW-Authenticate", "Retry-After"];

/**
 * @throws ServerError `invalid_options` when an origin could never match: with a path, a trailing slash, a wildcard, upper case.
 */
export function createCors(options: CorsOptions): Cors {
  const { origins } = options;
  const allowed = origins === "*" ? undefined : new Set(origins.map(checkOrigin));
  const allowedHeaders = [...allowedByDefault, ...(options.allowedHeaders ?? [])].join(", ");
  const exposedHeaders = [...exposedByDefault, ...(options.exposedHeaders ?? [])].join(", ");
  const maxAge = `${options.maxAgeSeconds ?? 7200}`;
  const isAllowed = (origin: string): boolean => allowed?.has(origin) ?? true;

  return {
    decorate(header, origin) {
      if (allowed === undefined) {
        header.set("access-control-allow-origin", "*");
      } else {
        // For every answer: a cache must not give the one for another origin, or for none, to this one.
        header.append("vary", "Origin");
        if (origin === null || !isAllowed(origin)) {
          return;
        }
        header.set("access-control-allow-origin", origin);
      }
      header.set("access-control-expose-headers", exposedHeaders);
    },
    preflight(origin) {
      const header = new Headers();
      header.append("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
      if (!isAllowed(origin)) {
        return { status: 403, header };
      }
      header.set("access-control-allow-origin", allowed === undefined ? "*" : origin);
      header.set("access-control-allow-methods", connectCors.allowedMethods.join(", "));
      header.set("access-control-allow-headers", allowedHeaders);
      header.set("access-control-max-age", maxAge);
      return { status: 204, header };
    },
  };
}

function checkOrigin(origin: string): string {
  const parsed = URL.parse(origin);
  // A custom scheme, as of an app, has the origin "null" for `URL`.
  const canonical = parsed === null ? undefined : parsed.origin === "null" ? origin : parsed.origin;
  if (canonical !== origin || origin.includes("*")) {
    throw new ServerError(
      "invalid_options",
      `cors.origins: "${origin}" is not an origin; write it as browsers send it, for example "https://app.example.com"`,
    );
  }
  return origin;
}
