import { ConnectError, type ContextKey, createContextKey, type Interceptor } from "@connectrpc/connect";
import type { RequestIdOptions } from "./options.ts";

/** The id of the call, in its context values; "" when there is none. */
export const requestIdKey: ContextKey<string> = createContextKey("", { description: "request id" });

/**
 * Client interceptor: sends an id with each call, from the context values (so that a handler passes its own caller's id on)
 * or a new one. A header that the caller set stays.
 */
export function clientRequestId(options: RequestIdOptions = {}): Interceptor {
  const name = options.header ?? "x-request-id";
  return (next) => (request) => {
    if (!request.header.has(name)) {
      request.header.set(name, request.contextValues.get(requestIdKey) || (options.generate ?? randomId)());
    }
    return next(request);
  };
}

/**
 * Server interceptor: takes the id of the call, or makes one, puts it in the context values under `requestIdKey`, and sends
 * it back in the response header, or with the error.
 */
export function serverRequestId(options: RequestIdOptions = {}): Interceptor {
  const name = options.header ?? "x-request-id";
  return (next) => async (request) => {
    const incoming = options.trustIncoming === false ? null : request.header.get(name);
    const id =
      incoming !== null && /^[\w.:-]{1,128}$/.test(incoming) ? incoming : (options.generate ?? randomId)();
    request.contextValues.set(requestIdKey, id);
    try {
      const response = await next(request);
      response.header.set(name, id);
      return response;
    } catch (error) {
      // No header is sent then, but the error's metadata is. A stream that fails later has sent its header.
      if (error instanceof ConnectError) {
        error.metadata.set(name, id);
      }
      throw error;
    }
  };
}

/** `crypto.randomUUID` is missing in browsers on pages without HTTPS. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
