import type { TokenLedger } from "./ledger.ts";

/** An HTTP answer as data. */
export interface Answer {
  readonly status: number;
  readonly type: "application/json" | "text/plain";
  readonly body: string;
}

/** What the grants need to know of the provider. */
export interface GrantState {
  readonly account: { username: string; password: string };
  readonly client: { id: string; secret: string };
  readonly ledger: TokenLedger;
  readonly refuseAll: boolean;
  /** Value of `expires_in`, in seconds, or undefined to leave it out. */
  readonly expiresIn: number | undefined;
  issue(family?: string): string;
}

/** The JSON API: `{username,password}` to `{token}`; a refusal is a status with a plain-text reason. */
export function answerLogin(body: string, state: GrantState): Answer {
  const credentials = parseObject(body);
  if (credentials === undefined) {
    return text(400, "the body is not a JSON object");
  }
  const { username, password } = state.account;
  if (state.refuseAll || credentials.username !== username || credentials.password !== password) {
    return text(401, "unknown user or wrong password");
  }
  return json(200, { token: state.issue() });
}

/** The OAuth 2.0 token endpoint (RFC 6749, sections 4.3, 4.4 and 6). */
export function answerToken(form: URLSearchParams, authorization: string, state: GrantState): Answer {
  const { account, client, ledger } = state;
  if (state.refuseAll) {
    return refuse(400, "invalid_grant");
  }
  switch (form.get("grant_type")) {
    case "client_credentials":
      return isClient(form, authorization, client) ? granted(state) : refuse(401, "invalid_client");
    case "password":
      return form.get("username") === account.username && form.get("password") === account.password
        ? granted(state, ledger.startFamily())
        : refuse(400, "invalid_grant");
    case "refresh_token": {
      const session = ledger.rotate(form.get("refresh_token") ?? "");
      return session === undefined ? refuse(400, "invalid_grant") : granted(state, session);
    }
    default:
      return refuse(400, "unsupported_grant_type");
  }
}

function granted(state: GrantState, session?: { refreshToken: string; family: string }): Answer {
  return json(200, {
    access_token: state.issue(session?.family),
    token_type: "Bearer",
    expires_in: state.expiresIn,
    refresh_token: session?.refreshToken,
  });
}

function refuse(status: number, error: string): Answer {
  return json(status, { error, error_description: `refused: ${error}` });
}

function json(status: number, value: object): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function text(status: number, body: string): Answer {
  return { status, type: "text/plain", body };
}

function isClient(form: URLSearchParams, authorization: string, client: GrantState["client"]): boolean {
  const pair = `${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`;
  return (
    authorization === `Basic ${Buffer.from(pair).toString("base64")}` ||
    (form.get("client_id") === client.id && form.get("client_secret") === client.secret)
  );
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
