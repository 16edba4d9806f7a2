import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createStateWatcher } from "../events.ts";
import { listen } from "../listen.ts";
import { send, sendHuge, sendWrong } from "./answers.ts";
import { answerLogin, answerToken, type GrantState } from "./grants.ts";
import { createTokenSigner } from "./jwt.ts";
import { createTokenLedger, type TokenState } from "./ledger.ts";
import type { IdentityProviderOptions, ProviderMode } from "./options.ts";

/** One token request that reached the provider. Credentials are not kept. */
export interface TokenRequest {
  readonly path: string;
  /** `grant_type` of the OAuth endpoint, or "password" for the JSON API. */
  readonly grant: string;
  /** Wall-clock time of arrival, in milliseconds since 1970, by the provider's clock. */
  readonly at: number;
}

/** A fake identity provider which speaks real HTTP. */
export interface IdentityProvider extends AsyncDisposable {
  readonly url: string;
  /** JSON API: POST `{username,password}`, 200 `{token}`; other statuses carry a plain-text reason. */
  readonly loginEndpoint: string;
  /** OAuth 2.0 token endpoint: `client_credentials`, `password` and `refresh_token` (with rotation). */
  readonly tokenEndpoint: string;
  /** The JWK Set of the signing key. */
  readonly jwksEndpoint: string;
  /** All token requests so far, in order of arrival. */
  readonly requests: readonly TokenRequest[];
  /** How many families of refresh tokens were revoked because one was used twice. */
  readonly revocations: number;
  /** Changes how token requests are answered from now on. */
  setMode(mode: ProviderMode): void;
  /** Changes how far the provider's clock is ahead, in milliseconds. */
  setSkew(ms: number): void;
  /** Answers the requests that the mode "slow" holds. */
  release(): void;
  /** Resolves once `count` token requests have arrived. */
  untilRequests(count: number): Promise<void>;
  /** What an access token is worth now, as a resource server would find. */
  check(token: string): TokenState;
  /** From now on every token issued so far is expired. */
  expireTokens(): void;
  /** Starts a family of refresh tokens, as a login in a browser would. */
  startSession(): string;
  /** Signs a token without a request. It is known to `check`. */
  issueToken(lifetimeMs?: number): string;
  close(): Promise<void>;
}

const maxRequestBytes = 64 * 1024;

/** Starts a provider on a free port of the loopback interface. */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const account = options.account ?? { username: "ada", password: "correct horse" };
  const client = options.client ?? { id: "client", secret: "client-secret" };
  const lifetimeMs = options.lifetimeMs ?? 300_000;
  const signer = createTokenSigner();
  const ledger = createTokenLedger();
  const watcher = createStateWatcher();
  const requests: TokenRequest[] = [];
  const held: (() => void)[] = [];
  let mode: ProviderMode = { kind: "normal" };
  let skewMs = options.skewMs ?? 0;
  let base = "";
  const wallNow = (): number => (options.wallNow ?? Date.now)() + skewMs;

  const issue = (family?: string, lifetime = lifetimeMs): string => {
    const iat = Math.floor(wallNow() / 1000);
    const token = signer.sign({
      iss: options.issuer ?? base,
      aud: options.audience ?? "wirehouse-testkit",
      sub: account.username,
      ...(options.scope === undefined ? {} : { scope: options.scope }),
      jti: randomUUID(),
      iat,
      exp: iat + Math.round(lifetime / 1000),
    });
    const whole = `${token}${options.canary ?? ""}`;
    ledger.issue(whole, wallNow() + lifetime, family);
    return whole;
  };

  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const state: GrantState = {
      account,
      client,
      ledger,
      issue,
      refuseAll: mode.kind === "refused",
      expiresIn: options.expiresIn === false ? undefined : lifetimeMs / 1000,
    };
    const result =
      request.url === "/login"
        ? answerLogin(body, state)
        : answerToken(new URLSearchParams(body), request.headers.authorization ?? "", state);
    send(response, result.status, result.body, result.type);
  };

  const server = createServer((request, response) => {
    response.setHeader("date", new Date(wallNow()).toUTCString());
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type, authorization");
    response.setHeader("access-control-expose-headers", "date, retry-after");
    if (request.method === "OPTIONS") {
      send(response, 204, "");
      return;
    }
    if (request.url === "/jwks") {
      send(response, 200, JSON.stringify(signer.keySet), "application/json");
      return;
    }
    if (request.method !== "POST" || (request.url !== "/login" && request.url !== "/token")) {
      send(response, 404, "no such endpoint");
      return;
    }
    readBody(request, (body) => {
      const grant =
        request.url === "/login" ? "password" : (new URLSearchParams(body).get("grant_type") ?? "");
      requests.push({ path: request.url ?? "", grant, at: wallNow() });
      respond(request, body, response);
      watcher.changed();
    });
  });

  const respond = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    switch (mode.kind) {
      case "outage":
        if (mode.retryAfter !== undefined) {
          response.setHeader("retry-after", mode.retryAfter);
        }
        send(response, mode.status ?? 503, "the identity provider is down");
        break;
      case "reset":
        request.socket.destroy();
        break;
      case "slow":
        held.push(() => answer(request, body, response));
        break;
      case "wrong":
        sendWrong(response, mode.answer);
        break;
      case "huge":
        sendHuge(response);
        break;
      case "redirect":
        response.setHeader("location", mode.location);
        send(response, 307, "moved");
        break;
      default:
        answer(request, body, response);
    }
  };

  const listening = await listen(server);
  base = listening.url;
  const release = (): void => {
    for (const resume of held.splice(0)) {
      resume();
    }
  };
  const close = async (): Promise<void> => {
    release();
    server.closeAllConnections();
    await listening.close();
  };
  return {
    url: base,
    loginEndpoint: `${base}/login`,
    tokenEndpoint: `${base}/token`,
    jwksEndpoint: `${base}/jwks`,
    requests,
    get revocations() {
      return ledger.revocations;
    },
    setMode(next) {
      mode = next;
    },
    setSkew(ms) {
      skewMs = ms;
    },
    release,
    untilRequests: (count) => watcher.until(() => requests.length >= count),
    check: (token) => ledger.check(token, wallNow()),
    expireTokens: () => ledger.expireAll(),
    startSession: () => ledger.startFamily().refreshToken,
    issueToken: (lifetime) => issue(undefined, lifetime),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (piece: string) => {
    body += piece;
    if (body.length > maxRequestBytes) {
      request.destroy();
    }
  });
  request.on("end", () => done(body));
}
