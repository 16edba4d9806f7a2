import { ServerError } from "../errors.ts";
import type { ServerLimits } from "../limits.ts";
import type { Peer } from "./exchange.ts";

/** What the handler of an HTTP route gets besides the request. */
export interface HttpRouteInfo {
  /** The connection's other end: a proxy, where one stands in front. */
  readonly peer: Peer;
  /** For a path that ends in `/*`: what the request has in the place of the star, not decoded. Otherwise "". */
  readonly rest: string;
}

/**
 * A plain HTTP endpoint on the port of the RPCs, for what has to be plain HTTP: an OAuth token endpoint, a key set, metadata.
 * **The gate of the RPCs does not stand before it**: it is as public as its handler makes it.
 */
export interface HttpRoute {
  /** GET also answers HEAD. OPTIONS is answered by the server. */
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Exact, for example "/token", or a prefix, "/files/*". Matched as sent: nothing is decoded or normalised. */
  path: string;
  /**
   * Answers the request; its body is already read. Throwing is answered with 500 and no details; the error goes to `onError`.
   * `request.signal` aborts when the client leaves, at the timeout, and at the end of the grace period of a shutdown.
   */
  handle(request: Request, info: HttpRouteInfo): Response | Promise<Response>;
  /** Default `limits.httpBodyMaxBytes`. More: 413. */
  maxBodyBytes?: number;
  /** Default `limits.httpTimeoutMs`. Longer: 503. */
  timeoutMs?: number;
}

/** The routes that a path leads to. */
export interface HttpRouteMatch {
  readonly path: string;
  readonly rest: string;
  readonly byMethod: ReadonlyMap<string, Required<HttpRoute>>;
}

/** Finds the routes of a path. */
export type HttpRouteTable = (path: string) => HttpRouteMatch | undefined;

/**
 * @throws ServerError `invalid_options` for a path that cannot be matched, `route_conflict` for two routes of one method and path,
 * and for a route which would cover one of `taken`.
 */
export function createHttpRouteTable(
  routes: readonly HttpRoute[],
  taken: Iterable<string>,
  limits: ServerLimits,
): HttpRouteTable {
  const exact = new Map<string, Map<string, Required<HttpRoute>>>();
  const prefixes = new Map<string, Map<string, Required<HttpRoute>>>();
  const rpcPaths = [...taken];
  for (const route of routes) {
    const isPrefix = route.path.endsWith("/*");
    const key = isPrefix ? route.path.slice(0, -1) : route.path;
    if (!/^\/[^\s?#*]*$/.test(key)) {
      throw new ServerError(
        "invalid_options",
        `httpRoutes: "${route.path}" is not a path such as "/token" or "/files/*"`,
      );
    }
    const covered = rpcPaths.find((path) => (isPrefix ? path.startsWith(key) : path === key));
    if (covered !== undefined) {
      throw new ServerError(
        "route_conflict",
        `the HTTP route ${route.path} covers the RPC ${covered}, and would take it from behind the gate`,
      );
    }
    const table = isPrefix ? prefixes : exact;
    const byMethod = table.get(key) ?? new Map<string, Required<HttpRoute>>();
    table.set(key, byMethod);
    if (byMethod.has(route.method)) {
      throw new ServerError("route_conflict", `${route.method} ${route.path} is registered twice`);
    }
    byMethod.set(route.method, {
      method: route.method,
      path: route.path,
      handle: (request, info) => route.handle(request, info),
      maxBodyBytes: route.maxBodyBytes ?? limits.httpBodyMaxBytes,
      timeoutMs: route.timeoutMs ?? limits.httpTimeoutMs,
    });
  }
  // The longest prefix wins.
  const ordered = [...prefixes].sort(([a], [b]) => b.length - a.length);

  return (path) => {
    const found = exact.get(path);
    if (found !== undefined) {
      return { path, rest: "", byMethod: found };
    }
    for (const [prefix, byMethod] of ordered) {
      if (path.startsWith(prefix)) {
        return { path: `${prefix}*`, rest: path.slice(prefix.length), byMethod };
      }
    }
    return undefined;
  };
}
