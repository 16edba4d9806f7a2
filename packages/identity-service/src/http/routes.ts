import type { HttpRoute, HttpRouteInfo } from "@wirehouse/server";
import type { IdentityStore } from "../domain/store.ts";
import type { TokenEndpointDeps } from "./deps.ts";
import { oauthToken } from "./oauth-token-endpoint.ts";
import { passwordToken } from "./token-endpoint.ts";

export interface HttpDeps extends TokenEndpointDeps {
  readonly store: IdentityStore;
  readonly now: () => number;
  /** The `iss` of tokens, without a slash at the end: the URLs in the metadata begin with it. */
  readonly issuerUrl: string;
  /** How long verifiers may keep the key set, in milliseconds. Less than a new key is published ahead. */
  readonly keySetMaxAgeMs: number;
  /** The network address that failures are counted by. Default: the peer's. Behind a proxy, the one it names. */
  readonly addressOf?: (request: Request, info: HttpRouteInfo) => string;
}

/** Verifiers of every kind look for it by one of these names (OpenID Connect Discovery 1.0; RFC 8414). */
const metadataPaths = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/** The HTTP endpoints of the service, for `httpRoutes` of `createServer`. */
export function httpRoutes(deps: HttpDeps): HttpRoute[] {
  const addressOf = deps.addressOf ?? ((_, { peer }) => peer.socket.remoteAddress ?? "");
  const metadata = metadataOf(deps.issuerUrl);
  return [
    {
      method: "POST",
      path: "/token",
      handle: (request, info) => passwordToken(deps, request, addressOf(request, info)),
    },
    {
      method: "POST",
      path: "/oauth2/token",
      handle: (request, info) => oauthToken(deps, request, addressOf(request, info)),
    },
    { method: "GET", path: "/.well-known/jwks.json", handle: () => keySet(deps) },
    ...metadataPaths.map(
      (path): HttpRoute => ({
        method: "GET",
        path,
        handle: () => Response.json(metadata, { headers: { "cache-control": "public, max-age=3600" } }),
      }),
    ),
  ];
}

/** The public halves of all keys that a valid token may be signed with, or soon will be (RFC 7517). */
async function keySet({ store, now, keySetMaxAgeMs }: HttpDeps): Promise<Response> {
  const keys = await store.read((tx) => tx.keys.inSet(now()));
  return Response.json(
    { keys: keys.map(({ publicJwk }) => JSON.parse(publicJwk) as unknown) },
    { headers: { "cache-control": `public, max-age=${Math.floor(keySetMaxAgeMs / 1000)}` } },
  );
}

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: ["client_credentials", "refresh_token"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    // Required, and empty: nothing here sends a person's browser anywhere.
    response_types_supported: [],
    subject_types_supported: ["public"],
  };
}
