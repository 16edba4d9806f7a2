import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { bearerAuth, type TokenSource } from "@wirehouse/interceptors/auth";

/** A client as users have it, on a connection of its own. */
export interface Connection extends Disposable {
  readonly client: Client<typeof DocumentService>;
  /** Breaks the connection off, in the middle of whatever is under way. */
  drop(): void;
}

export function connect(url: string, tokens: TokenSource): Connection {
  const sessionManager = new Http2SessionManager(url);
  const interceptors = [bearerAuth({ tokens, origins: [new URL(url).origin] })];
  const client = createClient(
    DocumentService,
    createGrpcTransport({ baseUrl: url, sessionManager, interceptors }),
  );
  const drop = (): void => sessionManager.abort();
  return { client, drop, [Symbol.dispose]: drop };
}
