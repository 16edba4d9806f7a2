import {
  bearerAuthorizer,
  type EchoServer,
  type IdentityProvider,
  type IdentityProviderOptions,
  openTransport,
  type Peer,
  startEchoServer,
  startIdentityProvider,
  type TestTransport,
} from "@wirehouse/testkit";
import {
  type BearerAuthOptions,
  bearerAuth,
  passwordTokenSource,
  type TokenSource,
  type TokenSourceOptions,
} from "../auth/index.ts";

/** An identity provider, a server that trusts it, and a client with `bearerAuth`. */
export interface AuthFixture extends AsyncDisposable {
  readonly idp: IdentityProvider;
  readonly server: EchoServer;
  readonly tokens: TokenSource;
  readonly client: TestTransport;
}

export interface AuthFixtureOptions {
  peer?: Peer;
  idp?: IdentityProviderOptions;
  source?: TokenSourceOptions;
  auth?: Partial<BearerAuthOptions>;
}

/** Starts all three. Everything is closed by `await using`. */
export async function startAuth(options: AuthFixtureOptions = {}): Promise<AuthFixture> {
  const peer = options.peer ?? { server: "connect-node", protocol: "grpc" };
  const idp = await startIdentityProvider(options.idp);
  const server = await startEchoServer(peer.server, { authorize: bearerAuthorizer(idp) });
  const tokens = passwordTokenSource({ ...credentials(idp), ...options.source });
  const client = openTransport(peer.protocol, server.url, [bearerAuth({ tokens, ...options.auth })]);
  return {
    idp,
    server,
    tokens,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      await idp.close();
    },
  };
}

/** The options of `passwordTokenSource` for a provider's one account. */
export function credentials(idp: IdentityProvider): { endpoint: string; username: string; password: string } {
  return { endpoint: idp.loginEndpoint, username: "ada", password: "correct horse" };
}
