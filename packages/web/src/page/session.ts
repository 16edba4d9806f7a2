import type { DescMethod } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DocumentService } from "@partner/document/service/v1";
import { IdentityService } from "@partner/identity/service/v1";
import { bearerAuth, passwordTokenSource } from "@wirehouse/interceptors/auth";
import { createClientChain } from "@wirehouse/interceptors/chain";
import { type LogEntry, logging } from "@wirehouse/interceptors/logging";
import { retry } from "@wirehouse/interceptors/retry";
import { clientTimeout } from "@wirehouse/interceptors/timeout";
import { withBufferedStreams } from "./buffered-streams.ts";
import { networkErrors } from "./network-errors.ts";
import { partBytes } from "./upload.ts";

/** Where the services are. */
export interface Config {
  readonly identityUrl: string;
  readonly documentUrl: string;
}

/** What to tell of a session while it lasts. */
export interface SessionEvents {
  /** A token was fetched: the first, and each that took the place of one that ended. */
  readonly onToken: (generation: number) => void;
  /** A call ended, with all its attempts. */
  readonly onCall: (entry: LogEntry) => void;
  /** The credentials are refused from now on. */
  readonly onLost: () => void;
}

/** Who is signed in, and the clients that act for them. */
export interface Session {
  readonly accountId: string;
  readonly username: string;
  readonly partner: string;
  readonly documents: Client<typeof DocumentService>;
}

/** Streams from the server have no limit as a whole: one follows changes for as long as the page is open. */
const timeoutsMs: Partial<Record<DescMethod["methodKind"], number>> = {
  unary: 15_000,
  client_streaming: 60_000,
};
/** A part with its envelopes, and some air. */
const maxRequestBytes = partBytes + 64 * 1024;

/**
 * Signs in. The credentials stay in memory, in the token source, which gets a new token with them whenever one is needed.
 *
 * Rejects with an `InterceptorError` (`credentials_refused`, `token_endpoint_unavailable`, …) or with a `ConnectError`.
 */
export async function signIn(
  { identityUrl, documentUrl }: Config,
  credentials: { readonly username: string; readonly password: string },
  events: SessionEvents,
): Promise<Session> {
  const tokens = passwordTokenSource({
    ...credentials,
    endpoint: `${identityUrl}/token`,
    onSessionLost: events.onLost,
    onRefresh: (event) => {
      if (event.kind === "refreshed") {
        events.onToken(event.generation);
      }
    },
  });
  await tokens.get();
  const origins = [new URL(identityUrl).origin, new URL(documentUrl).origin];
  const chain: Interceptor[] = [
    ...createClientChain({
      logging: logging({ side: "client", log: events.onCall }),
      timeout: clientTimeout({ timeoutMs: ({ method }) => timeoutsMs[method.methodKind] }),
      retry: retry(),
      auth: bearerAuth({ tokens, origins, replay: { maxBytes: maxRequestBytes } }),
    }),
    networkErrors,
  ];
  const transportTo = (baseUrl: string) =>
    withBufferedStreams(createConnectTransport({ baseUrl, interceptors: chain }), {
      baseUrl,
      interceptors: chain,
      maxRequestBytes,
    });
  const { serviceAccount, partner } = await createClient(IdentityService, transportTo(identityUrl)).whoAmI(
    {},
  );
  return {
    accountId: serviceAccount?.serviceAccountId ?? "",
    username: serviceAccount?.displayName || credentials.username,
    partner: partner?.displayName || partner?.slug || "",
    documents: createClient(DocumentService, transportTo(documentUrl)),
  };
}
