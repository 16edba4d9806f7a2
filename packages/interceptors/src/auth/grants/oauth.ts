import { InterceptorError } from "../../errors.ts";
import type { GrantContext, GrantedToken } from "../grant.ts";
import { lifetimeMs } from "../lifetime.ts";
import { createEndpoint, type EndpointOptions, requireText } from "./endpoint.ts";

/** Options of the OAuth 2.0 sources. */
export interface OAuthOptions extends EndpointOptions {
  /** Who this client is. A public client has no secret. */
  client?: { id: string; secret?: string };
  /**
   * How the client names itself: "basic" is HTTP Basic (RFC 6749, section 2.3.1), "body" is fields of the form. Default:
   * "basic" with a secret, "body" without.
   */
  clientAuthentication?: "basic" | "body";
  /** Scopes to ask for, separated by spaces. Default: what the server gives. */
  scope?: string;
  /** Further fields of the form, for example `resource` (RFC 8707) or `audience`. */
  parameters?: Record<string, string>;
}

/** An answer of an OAuth 2.0 token endpoint (RFC 6749, section 5.1). */
export interface OAuthAnswer extends GrantedToken {
  readonly refreshToken: string | undefined;
}

/** Error codes which are sent with a 4xx status and yet mean "later" (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5). */
const laterCodes: ReadonlySet<unknown> = new Set(["temporarily_unavailable", "server_error", "slow_down"]);

/** Creates a function that sends one grant to a token endpoint. */
export function createOAuthEndpoint(
  options: OAuthOptions,
): (grant: Record<string, string>, context: GrantContext) => Promise<OAuthAnswer> {
  const post = createEndpoint(options);
  const { client, scope, parameters } = options;
  const basic = client?.secret !== undefined && options.clientAuthentication !== "body";
  return async (grant, context) => {
    const form = new URLSearchParams({ ...parameters, ...grant });
    const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
    if (scope !== undefined) {
      form.set("scope", scope);
    }
    if (client !== undefined && basic) {
      headers.authorization = `Basic ${btoa(`${formEncode(client.id)}:${formEncode(client.secret ?? "")}`)}`;
    } else if (client !== undefined) {
      form.set("client_id", client.id);
      if (client.secret !== undefined) {
        form.set("client_secret", client.secret);
      }
    }
    const secrets = [client?.secret ?? "", grant.refresh_token ?? "", grant.password ?? ""];
    const request = { headers, body: form.toString(), secrets, isTransient: isLater };
    const { fields, serverNow } = await post(request, context);
    const accessToken = requireText(fields, "access_token");
    const type = fields.token_type;
    if (typeof type === "string" && type.toLowerCase() !== "bearer") {
      const message =
        "the token endpoint gave a token that is not a bearer token: ask it for token_type Bearer";
      throw new InterceptorError("token_endpoint_misbehaved", message);
    }
    const facts = { expiresIn: seconds(fields.expires_in), serverNow, wallNow: context.wallNow() };
    const refreshToken = typeof fields.refresh_token === "string" ? fields.refresh_token : undefined;
    return { accessToken, refreshToken, expiresInMs: lifetimeMs(accessToken, facts) };
  };
}

function isLater(reason: Record<string, unknown>): boolean {
  return laterCodes.has(reason.error);
}

/** Some servers send the number as text. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 ? number : undefined;
}

/** application/x-www-form-urlencoded, which is ASCII: `btoa` takes nothing else. */
function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
