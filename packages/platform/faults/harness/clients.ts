import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { IdentityService } from "@partner/identity/service/v1";
import { Health } from "@wirehouse/proto-grpc-health/v1";

export type DocumentClient = Client<typeof DocumentService>;
export type IdentityClient = Client<typeof IdentityService>;

/** Clients of one address that share a connection. */
export function connect(url: string, token?: string) {
  const sessions = new Http2SessionManager(url);
  const bearer: Interceptor = (next) => (request) => {
    if (token !== undefined) {
      request.header.set("authorization", `Bearer ${token}`);
    }
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: url, sessionManager: sessions, interceptors: [bearer] });
  return {
    documents: createClient(DocumentService, transport),
    identity: createClient(IdentityService, transport),
    health: createClient(Health, transport),
    close: () => sessions.abort(),
  };
}

export type Connection = ReturnType<typeof connect>;

/** The code of a failed call, as its name. */
export function codeOf(error: unknown): string {
  return Code[ConnectError.from(error).code];
}

/** What came of a call: "ok", or the code of its failure. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(() => "ok", codeOf);
}
