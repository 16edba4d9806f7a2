import type { IncomingMessage, ServerResponse } from "node:http";
import { isAllowedHost } from "./hosts.ts";

/** What is sent back. */
export interface Answer {
  status: number;
  type: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
}

/** One path. Parameters of the query that are not named are refused. */
export interface Endpoint {
  parameters?: readonly string[];
  handle(query: URLSearchParams, signal: AbortSignal): Answer | Promise<Answer>;
}

/** A short text, for people. */
export function plain(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

/** JSON, indented: who reads it is often a person with curl. */
export function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(value, null, 2)}\n` };
}

/** Answers one request: the path must be one of the endpoints as it is, nothing is normalized. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: ReadonlyMap<string, Endpoint>,
  allowedHosts: readonly string[],
): Promise<void> {
  const left = new AbortController();
  response.once("close", () => left.abort());
  const answer =
    refuse(request, allowedHosts) ??
    (await dispatch(request, endpoints, left.signal).catch((reason: unknown) =>
      // Only for those who run the process, so the cause may be told.
      plain(500, `failed: ${reason instanceof Error ? reason.message : String(reason)}`),
    ));
  if (left.signal.aborted) {
    return;
  }
  const isRefused = answer.status >= 400 && answer.status < 500;
  response.writeHead(answer.status, {
    "content-type": answer.type,
    "content-length": Buffer.byteLength(answer.body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    // What a refused request may still send is not waited for.
    ...(isRefused ? { connection: "close" } : {}),
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

function refuse(request: IncomingMessage, allowedHosts: readonly string[]): Answer | undefined {
  const { headers, method } = request;
  if (!isAllowedHost(headers.host, allowedHosts)) {
    return plain(421, "the Host header does not name this listener: see allowedHosts");
  }
  const site = headers["sec-fetch-site"] ?? "none";
  if (headers.origin !== undefined || (site !== "none" && site !== "same-origin")) {
    return plain(403, "not for pages of other sites");
  }
  if (method !== "GET" && method !== "HEAD") {
    return plain(405, "only GET and HEAD", { allow: "GET, HEAD" });
  }
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) {
    return plain(413, "a request here has no body");
  }
  return undefined;
}

async function dispatch(
  { url = "" }: IncomingMessage,
  endpoints: ReadonlyMap<string, Endpoint>,
  signal: AbortSignal,
): Promise<Answer> {
  const [path = "", search = ""] = url.split(/\?(.*)/s);
  const endpoint = endpoints.get(path);
  if (endpoint === undefined) {
    return plain(404, `no such path; there are ${[...endpoints.keys()].join(" ")}`);
  }
  const query = new URLSearchParams(search);
  const known = endpoint.parameters ?? [];
  for (const name of query.keys()) {
    if (!known.includes(name) || query.getAll(name).length > 1) {
      return plain(
        400,
        `each of these parameters may be given once, and no others: ${known.join(" ") || "(none)"}`,
      );
    }
  }
  return endpoint.handle(query, signal);
}
