import type { ConnectRouter, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { IdentityService } from "@partner/identity/service/v1";
import { accountHandlers } from "./account-handlers.ts";
import { callerOf } from "./caller.ts";
import type { RpcDeps } from "./deps.ts";
import { toWireError } from "./errors.ts";
import { createPager } from "./paging.ts";
import { partnerHandlers } from "./partner-handlers.ts";
import { secretHandlers } from "./secret-handlers.ts";
import { signingKeyHandlers } from "./signing-key-handlers.ts";
import { tokenHandlers } from "./token-handlers.ts";
import { watchHandler } from "./watch-handler.ts";

/** What `identityRoutes` is given. */
export type IdentityRoutesOptions = Omit<RpcDeps, "readPage" | "callerOf"> & {
  /** Who makes a call. Default: as the gate verified it (`readIdentityClaims`). */
  readonly callerOf?: RpcDeps["callerOf"];
};

/**
 * The RPCs of `IdentityService`. They count on what runs before them: the gate for the policies of the proto, and validation
 * (`serverValidate`) for its rules.
 */
export function identityRoutes(options: IdentityRoutesOptions): (router: ConnectRouter) => void {
  const deps: RpcDeps = { callerOf, ...options, readPage: createPager(options.tokens, options.now) };
  const handlers: ServiceImpl<typeof IdentityService> = {
    ...partnerHandlers(deps),
    ...accountHandlers(deps),
    ...secretHandlers(deps),
    ...tokenHandlers(deps),
    ...signingKeyHandlers(deps),
    ...watchHandler(deps),
  };
  return (router) => {
    router.service(IdentityService, withWireErrors(handlers));
  };
}

type Handler = (request: unknown, context: HandlerContext) => unknown;

/**
 * Around each handler, so that no error of the domain leaves unmapped. Not an interceptor: options of a service take the
 * place of the server's.
 */
function withWireErrors(handlers: ServiceImpl<typeof IdentityService>): ServiceImpl<typeof IdentityService> {
  const wrapped: Record<string, Handler> = {};
  for (const method of IdentityService.methods) {
    const handler = handlers[method.localName as keyof typeof handlers] as Handler;
    wrapped[method.localName] =
      method.methodKind === "unary"
        ? async (request, context) => {
            try {
              return await handler(request, context);
            } catch (reason) {
              throw toWireError(reason, method);
            }
          }
        : async function* (request, context) {
            try {
              yield* handler(request, context) as AsyncIterable<unknown>;
            } catch (reason) {
              throw toWireError(reason, method);
            }
          };
  }
  return wrapped as ServiceImpl<typeof IdentityService>;
}
