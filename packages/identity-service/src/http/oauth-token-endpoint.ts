import type { Recognised } from "../domain/sign-in.ts";
import { hasType, isPassing, json, retryAfter } from "./answers.ts";
import { readClient } from "./client-authentication.ts";
import type { TokenEndpointDeps } from "./deps.ts";

const busyRetryMs = 1000;

/** The fields that this endpoint reads: none may come twice (RFC 6749, section 3.2). */
const known = ["grant_type", "scope", "refresh_token", "client_id", "client_secret"];

/**
 * `POST /oauth2/token` (RFC 6749): `client_credentials`, and `refresh_token`, with rotation. The client names itself by HTTP
 * Basic or in the form. A refresh token comes with `client_credentials` only if the scope `offline_access` is asked for.
 * Failures are as in section 5.2; 429 and 503 carry `temporarily_unavailable` and `Retry-After`.
 */
export async function oauthToken(
  deps: TokenEndpointDeps,
  request: Request,
  address: string,
): Promise<Response> {
  if (!hasType(request, "application/x-www-form-urlencoded")) {
    return failure(400, "invalid_request", "send application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(await request.text());
  const repeated = known.find((name) => form.getAll(name).length > 1);
  if (repeated !== undefined) {
    return failure(400, "invalid_request", `${repeated} comes more than once`);
  }
  try {
    return await answer(deps, request.headers, form, address);
  } catch (error) {
    if (isPassing(error)) {
      return later(503, busyRetryMs);
    }
    throw error;
  }
}

async function answer(
  { checkCredentials, issuer }: TokenEndpointDeps,
  header: Headers,
  form: URLSearchParams,
  address: string,
): Promise<Response> {
  const client = readClient(header, form);
  if (client.kind === "twice") {
    return failure(400, "invalid_request", "the client names itself in two ways");
  }
  const challenge: Record<string, string> = client.basic
    ? { "www-authenticate": 'Basic realm="oauth2"' }
    : {};
  const grant = form.get("grant_type");
  if (grant !== "client_credentials" && grant !== "refresh_token") {
    return grant === null
      ? failure(400, "invalid_request", "grant_type is missing")
      : failure(400, "unsupported_grant_type", "grant_type: client_credentials or refresh_token");
  }
  const refreshToken = form.get("refresh_token") ?? "";
  if (grant === "refresh_token" && refreshToken === "") {
    return failure(400, "invalid_request", "refresh_token is missing");
  }
  if (client.kind === "none") {
    return failure(
      401,
      "invalid_client",
      "the client must name itself: client_id and client_secret",
      challenge,
    );
  }
  const who = await checkCredentials({
    username: client.id,
    value: client.secret,
    kind: "client_secret",
    address,
  });
  if (who.kind === "throttled") {
    return later(429, who.retryAfterMs);
  }
  if (who.kind === "refused") {
    return failure(401, "invalid_client", "the client or its secret is wrong", challenge);
  }
  return await grantTo(who);

  async function grantTo(recognised: Recognised): Promise<Response> {
    const scope = form.get("scope") ?? undefined;
    const outcome =
      grant === "refresh_token"
        ? await issuer.refresh(recognised, { refreshToken, scope, address })
        : await issuer.signIn(recognised, { scope, address });
    switch (outcome.kind) {
      case "issued":
        return json(200, {
          access_token: outcome.accessToken,
          token_type: "Bearer",
          expires_in: outcome.accessTokenMs / 1000,
          scope: outcome.scopes.join(" "),
          ...(outcome.refreshToken === undefined ? {} : { refresh_token: outcome.refreshToken }),
        });
      case "invalid_scope":
        return failure(400, "invalid_scope", "a scope that the client does not have");
      case "refused":
        return grant === "refresh_token"
          ? failure(400, "invalid_grant", "the refresh token is wrong, used, expired or revoked")
          : failure(401, "invalid_client", "the client or its secret is wrong", challenge);
    }
  }
}

function failure(
  status: number,
  error: string,
  description: string,
  header?: Record<string, string>,
): Response {
  return json(status, { error, error_description: description }, header);
}

function later(status: number, ms: number): Response {
  return json(
    status,
    { error: "temporarily_unavailable", error_description: "try again later" },
    retryAfter(ms),
  );
}
