import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import type { Target } from "../targets.ts";

/** Generated clients of a target, on a connection of their own. */
export interface Connection {
  readonly client: Client<typeof DocumentService>;
  close(): void;
}

export function connectTo({ process, authorization }: Pick<Target, "process" | "authorization">): Connection {
  const sessionManager = new Http2SessionManager(process.url);
  const authorize: Interceptor = (next) => (request) => {
    const token = authorization();
    if (token !== undefined) {
      request.header.set("authorization", token);
    }
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: process.url, sessionManager, interceptors: [authorize] });
  return { client: createClient(DocumentService, transport), close: () => sessionManager.abort() };
}
