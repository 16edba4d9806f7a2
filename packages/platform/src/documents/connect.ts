import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { IdentityService } from "@partner/identity/service/v1";
import {
  bearerAuth,
  createTokenSource,
  passwordGrant,
  type RefreshEvent,
  type TokenSource,
} from "@wirehouse/interceptors/auth";

/** Who connects, and where to. */
export interface Connection {
  readonly identityUrl: string;
  readonly documentUrl: string;
  readonly username: string;
  readonly password: string;
  readonly onRefresh?: (event: RefreshEvent) => void;
  /** How long to believe that tokens live, in milliseconds. Default: what they say. */
  readonly believedLifetimeMs?: number;
  /** Outside of the one that adds the token: they see each call. */
  readonly outer?: readonly Interceptor[];
  /** Inside of it: they see each attempt. */
  readonly inner?: readonly Interceptor[];
}

export type Documents = Client<typeof DocumentService>;

/** Clients of both services, which share a token. */
export interface Clients {
  readonly tokens: TokenSource;
  readonly documents: Documents;
  readonly identity: Client<typeof IdentityService>;
}

/** Makes clients. Nothing is sent before the first call. */
export function connect(connection: Connection): Clients {
  const { identityUrl, documentUrl, username, password, onRefresh, believedLifetimeMs } = connection;
  const { outer = [], inner = [] } = connection;
  const grant = passwordGrant({ endpoint: `${identityUrl}/token`, username, password });
  const tokens = createTokenSource({
    grant: async (context) => {
      const granted = await grant(context);
      return believedLifetimeMs === undefined ? granted : { ...granted, expiresInMs: believedLifetimeMs };
    },
    ...(onRefresh === undefined ? {} : { onRefresh }),
  });
  const auth = bearerAuth({ tokens, origins: [identityUrl, documentUrl] });
  const interceptors = [...outer, auth, ...inner];
  const transport = (baseUrl: string) => createGrpcTransport({ baseUrl, interceptors });
  return {
    tokens,
    documents: createClient(DocumentService, transport(documentUrl)),
    identity: createClient(IdentityService, transport(identityUrl)),
  };
}
