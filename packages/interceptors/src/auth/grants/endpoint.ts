import { InterceptorError } from "../../errors.ts";
import { requireSecrecy } from "../confinement.ts";
import type { GrantContext } from "../grant.ts";
import { readBounded } from "./read-bounded.ts";

/** Options of the sources that ask an HTTP endpoint for tokens. */
export interface EndpointOptions {
  /** URL of the token endpoint. `https:`, or `http:` to a loopback address. */
  endpoint: string | URL;
  /** Allows `http:` to another machine. Default false. Set it only where something else encrypts. */
  allowCleartext?: boolean;
  /** The largest answer that is read, in bytes. Default 65,536. */
  maxResponseBytes?: number;
  /** The HTTP client. Default `globalThis.fetch`. Redirects are always refused: credentials do not follow one. */
  fetch?: typeof globalThis.fetch;
}

/** A request to a token endpoint. */
export interface EndpointRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
  /** What must not appear in an error's text, even if the endpoint repeats it. */
  readonly secrets: readonly string[];
  /** Whether an answer that would count as a refusal is passing trouble after all. */
  readonly isTransient?: (reason: Record<string, unknown>) => boolean;
}

/** A good answer. */
export interface EndpointAnswer {
  readonly fields: Record<string, unknown>;
  /** The server's `Date`, in milliseconds since 1970. A browser shows it only if CORS exposes it. */
  readonly serverNow: number | undefined;
}

/** Posts to a token endpoint. */
export type Endpoint = (request: EndpointRequest, context: GrantContext) => Promise<EndpointAnswer>;

const refusals: ReadonlySet<number> = new Set([400, 401, 403]);
const transients: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Creates a client for one token endpoint.
 *
 * @throws InterceptorError `cleartext_refused` or `invalid_options` for an endpoint that secrets must not be sent to.
 */
export function createEndpoint(options: EndpointOptions): Endpoint {
  const url = String(options.endpoint);
  requireSecrecy(url, options.allowCleartext ?? false);
  const limit = options.maxResponseBytes ?? 65_536;
  return async (request, context) => {
    const response = await post(options.fetch ?? globalThis.fetch, url, request, context.signal);
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      throw new InterceptorError(
        "token_endpoint_misbehaved",
        "the token endpoint redirects, and credentials do not follow a redirect: configure the final URL",
      );
    }
    const body = await readBounded(response, limit);
    if (!response.ok) {
      throw failure(response, body, request, context);
    }
    const fields = parseObject(body);
    if (fields === undefined) {
      throw new InterceptorError(
        "token_endpoint_misbehaved",
        `the token endpoint answered ${response.status} without a JSON object: check that the URL is the token endpoint`,
      );
    }
    return { fields, serverNow: serverTime(response) };
  };
}

/** The text field of an answer that must be there. */
export function requireText(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") {
    throw new InterceptorError(
      "token_endpoint_misbehaved",
      `the token endpoint's answer has no text in "${name}": check that the URL is the token endpoint`,
    );
  }
  return value;
}

async function post(
  fetch: typeof globalThis.fetch,
  url: string,
  request: EndpointRequest,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { accept: "application/json", ...request.headers },
      body: request.body,
      redirect: "manual",
      cache: "no-store",
      credentials: "omit",
      signal,
    });
  } catch (cause) {
    if (signal.aborted) {
      throw cause;
    }
    const message = "the token endpoint cannot be reached: see the cause";
    throw new InterceptorError("token_endpoint_unavailable", message, { cause });
  }
}

function failure(
  response: Response,
  body: string,
  request: EndpointRequest,
  context: GrantContext,
): InterceptorError {
  const { status } = response;
  const fields = parseObject(body);
  const reason = describe(fields, body, request.secrets);
  const message = `the token endpoint answered ${status}${reason === "" ? "" : `: ${reason}`}`;
  if (
    status >= 500 ||
    transients.has(status) ||
    (fields !== undefined && request.isTransient?.(fields) === true)
  ) {
    const retryAfterMs = retryAfter(response, context.wallNow());
    return new InterceptorError("token_endpoint_unavailable", message, { retryAfterMs });
  }
  return new InterceptorError(
    refusals.has(status) ? "credentials_refused" : "token_endpoint_misbehaved",
    message,
  );
}

/** The endpoint's reason, short, on one line, without our own secrets. */
function describe(
  fields: Record<string, unknown> | undefined,
  body: string,
  secrets: readonly string[],
): string {
  const known = [fields?.error, fields?.error_description].filter((v) => typeof v === "string");
  let text = known.length > 0 ? known.join(": ") : body;
  for (const secret of secrets) {
    text = secret === "" ? text : text.replaceAll(secret, "[redacted]");
  }
  return text
    .replace(/[^\P{C}]+/gu, " ")
    .trim()
    .slice(0, 200);
}

/** `Retry-After` in seconds or as a date, which is compared with the server's own clock (RFC 9110, section 10.2.3). */
function retryAfter(response: Response, wallNow: number): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) {
    return undefined;
  }
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (serverTime(response) ?? wallNow);
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function serverTime(response: Response): number | undefined {
  const time = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
