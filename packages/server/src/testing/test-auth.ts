import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { ServerAuth } from "../auth/server-auth.ts";

/** Admits calls that carry the one token "good"; remembers which procedures it was asked about. */
export function createTestAuth(
  overrides: Partial<ServerAuth> = {},
): ServerAuth & { readonly asked: string[]; readonly asserted: string[] } {
  const asked: string[] = [];
  const asserted: string[] = [];
  return {
    asked,
    asserted,
    requestGate: async (context: HandlerContext) => {
      asked.push(`${context.service.typeName}/${context.method.name}`);
      await Promise.resolve();
      if (context.requestHeader.get("authorization") !== "Bearer good") {
        throw new ConnectError("no valid token", Code.Unauthenticated, { "www-authenticate": "Bearer" });
      }
    },
    interceptor: (next) => (request) => next(request),
    assertPolicies: (services) => {
      asserted.push(...services.map((service) => service.typeName));
    },
    ...overrides,
  };
}
