import { hasType, isPassing, json, retryAfter, text } from "./answers.ts";
import type { TokenEndpointDeps } from "./deps.ts";

const busyRetryMs = 1000;

/**
 * `POST /token`: JSON `{"username", "password"}` → 200 `{"token", "expires_in"}`. A failure is plain text: 400 malformed, 401
 * wrong, 415 no JSON, 429 too many wrong ones, 503 later.
 */
export async function passwordToken(
  { checkCredentials, issuer }: TokenEndpointDeps,
  request: Request,
  address: string,
): Promise<Response> {
  if (!hasType(request, "application/json")) {
    return text(415, 'send application/json: {"username": …, "password": …}', { accept: "application/json" });
  }
  const body: unknown = await request.json().catch(() => undefined);
  const { username, password } = (body ?? {}) as Record<string, unknown>;
  if (typeof username !== "string" || typeof password !== "string" || username === "" || password === "") {
    return text(400, "send a JSON object with the texts username and password");
  }
  try {
    const who = await checkCredentials({ username, value: password, kind: "password", address });
    if (who.kind === "throttled") {
      return text(429, "too many wrong credentials: try again later", retryAfter(who.retryAfterMs));
    }
    const issued =
      who.kind === "recognised" ? await issuer.signIn(who, { scope: undefined, address }) : undefined;
    if (issued?.kind !== "issued") {
      return text(401, "the username or the password is wrong");
    }
    return json(200, { token: issued.accessToken, expires_in: issued.accessTokenMs / 1000 });
  } catch (error) {
    if (isPassing(error)) {
      return text(503, "the service cannot issue tokens now: try again later", retryAfter(busyRetryMs));
    }
    throw error;
  }
}
