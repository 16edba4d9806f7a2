import type { DescService } from "@bufbuild/protobuf";
import { type ConnectRouter, type ConnectRouterOptions, createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { ServerError } from "../errors.ts";

/** What applies to every RPC, whatever options its service is registered with. */
export interface RouterGuard {
  /** Runs first. */
  readonly requestGate: NonNullable<ConnectRouterOptions["requestGate"]>;
  /** Stand outside of a service's own interceptors. */
  readonly outer: NonNullable<ConnectRouterOptions["interceptors"]>;
  /** Stand inside, next to the implementation. */
  readonly inner: NonNullable<ConnectRouterOptions["interceptors"]>;
  /** The rest: a service's own options take their place. */
  readonly defaults: Omit<ConnectRouterOptions, "requestGate" | "interceptors">;
}

/** The routes of a server. */
export interface GuardedRoutes {
  /** By path, exactly as it must be requested. */
  readonly handlers: ReadonlyMap<string, UniversalHandler>;
  /** Every service that has a handler, each once. */
  readonly services: readonly DescService[];
}

/**
 * Reads routes with a router whose guard cannot be taken off. On Connect's own router, options of a service replace those of the
 * root, so that `{ requestGate: undefined }`, or a service's own interceptors, take the authentication away with them.
 *
 * @throws ServerError `route_conflict` when two handlers have the same path.
 */
export function readGuardedRoutes(
  register: (router: ConnectRouter) => void,
  guard: RouterGuard,
): GuardedRoutes {
  const inner = createConnectRouter({
    ...guard.defaults,
    requestGate: guard.requestGate,
    interceptors: [...guard.outer, ...guard.inner],
  });
  let sealed = false;
  const guarded = (options: Partial<ConnectRouterOptions> | undefined): Partial<ConnectRouterOptions> => {
    if (sealed) {
      throw new ServerError("sealed", "routes must be added while createServer runs `routes`, not later");
    }
    return withGuard(options, guard);
  };
  const router: ConnectRouter = {
    // A copy: a handler that is put there, past the guard, would be served without it.
    get handlers() {
      return Object.freeze([...inner.handlers]) as UniversalHandler[];
    },
    service(service, implementation, options) {
      inner.service(service, implementation, guarded(options));
      return router;
    },
    rpc(method, implementation, options) {
      inner.rpc(method, implementation, guarded(options));
      return router;
    },
  };
  register(router);
  sealed = true;

  const handlers = new Map<string, UniversalHandler>();
  for (const handler of inner.handlers) {
    if (handlers.has(handler.requestPath)) {
      throw new ServerError("route_conflict", `${handler.requestPath} is registered twice`);
    }
    handlers.set(handler.requestPath, handler);
  }
  return { handlers, services: [...new Set(inner.handlers.map((handler) => handler.service))] };
}

function withGuard(
  options: Partial<ConnectRouterOptions> | undefined,
  guard: RouterGuard,
): Partial<ConnectRouterOptions> {
  // An option that is present but undefined would put Connect's default, which is no limit, in the place of ours.
  const own = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
  const ownGate = options?.requestGate;
  return {
    ...guard.defaults,
    ...own,
    requestGate:
      ownGate === undefined
        ? guard.requestGate
        : async (context) => {
            await guard.requestGate(context);
            await ownGate(context);
          },
    interceptors: [...guard.outer, ...(options?.interceptors ?? []), ...guard.inner],
  };
}
