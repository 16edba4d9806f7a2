import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { ServerLimits } from "../limits.ts";
import type { ErrorReporter } from "../report.ts";
import type { Calls } from "../rpc/calls.ts";
import { serveCall } from "../rpc/serve-call.ts";
import type { Cors } from "./cors.ts";
import type { Exchange, HttpAnswer, Peer } from "./exchange.ts";
import type { HttpRouteTable } from "./http-routes.ts";
import { plain, serveHttpRoute } from "./serve-http-route.ts";

/** What requests are dispatched to. */
export interface DispatchOptions {
  readonly rpcs: ReadonlyMap<string, UniversalHandler>;
  readonly httpRoutes: HttpRouteTable;
  readonly cors: Cors | undefined;
  readonly limits: ServerLimits;
  readonly calls: Calls;
  /** RPCs that a shutdown does not wait for, by path. */
  readonly endless: ReadonlySet<string>;
  readonly contextValues: ((peer: Peer) => ContextValues) | undefined;
  readonly report: ErrorReporter;
}

/** Serves a request to its end. Never rejects. */
export type Dispatch = (exchange: Exchange) => Promise<void>;

/**
 * Finds who answers a request, by its path exactly as it was sent: nothing is decoded, folded or normalised, so there are no two
 * ways to write the path of an RPC, and the path that is matched is the one that the gate is shown.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { rpcs, httpRoutes, cors, limits, calls, endless, report } = options;

  const choose = (exchange: Exchange, path: string): Promise<HttpAnswer> | HttpAnswer => {
    const fault = malformed(exchange);
    if (fault !== undefined) {
      return plain(400, fault);
    }
    const origin = exchange.header.get("origin");
    if (
      cors !== undefined &&
      origin !== null &&
      exchange.method === "OPTIONS" &&
      exchange.header.has("access-control-request-method")
    ) {
      return cors.preflight(origin);
    }
    const handler = rpcs.get(path);
    if (handler !== undefined) {
      return serveCall(exchange, handler, limits, options.contextValues?.(exchange.peer));
    }
    const match = httpRoutes(path);
    return match === undefined
      ? plain(404, "not found")
      : serveHttpRoute(exchange, match, limits.messageTimeoutMs, report);
  };

  return async (exchange) => {
    const path = exchange.target.split("?", 1)[0] as string;
    const call = {
      abort: (reason: unknown) => exchange.abort(reason),
      destroy: () => exchange.destroy(),
      awaited: !endless.has(path),
    };
    calls.add(call);
    try {
      const answer = await choose(exchange, path);
      await exchange.answer(cors === undefined ? answer : decorated(answer, cors, exchange));
    } catch (error) {
      // A client that left, or was cut off, needs no report: its call was told through its signal.
      if (!exchange.signal.aborted && !isClientGone(error)) {
        report({ source: "server", error });
      }
      exchange.destroy();
    } finally {
      calls.delete(call);
    }
  };
}

function decorated(answer: HttpAnswer, cors: Cors, exchange: Exchange): HttpAnswer {
  const header = answer.header ?? new Headers();
  if (!header.has("access-control-allow-methods")) {
    cors.decorate(header, exchange.header.get("origin"));
  }
  return { ...answer, header };
}

/** Why a request cannot be served at all. */
function malformed(exchange: Exchange): string | undefined {
  if (exchange.authority === undefined || !/^[\w.~!$&'()*+,;=:[\]-]+$/.test(exchange.authority)) {
    return "the host is missing or malformed";
  }
  // Of two, a proxy in front may have checked the one, and the gate here the other.
  return exchange.authorizations > 1 ? "there is more than one authorization header" : undefined;
}

function isClientGone(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Canceled;
}
