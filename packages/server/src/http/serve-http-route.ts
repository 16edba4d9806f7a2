import { Code, ConnectError } from "@connectrpc/connect";
import type { ErrorReporter } from "../report.ts";
import { race } from "../rpc/end-with-signal.ts";
import type { Exchange, HttpAnswer } from "./exchange.ts";
import type { HttpRouteMatch } from "./http-routes.ts";

/** Answers a request for a plain HTTP route. */
export async function serveHttpRoute(
  exchange: Exchange,
  match: HttpRouteMatch,
  messageTimeoutMs: number,
  report: ErrorReporter,
): Promise<HttpAnswer> {
  const { method } = exchange;
  const route = match.byMethod.get(method === "HEAD" ? "GET" : method);
  if (route === undefined) {
    const header = new Headers({ allow: allowed(match).join(", ") });
    return method === "OPTIONS" ? { status: 204, header } : plain(405, "method not allowed", header);
  }
  let url: URL;
  try {
    url = new URL(`${exchange.scheme}://${exchange.authority}${exchange.target}`);
  } catch {
    return plain(400, "malformed request target");
  }
  const body = await readBody(exchange, route.maxBodyBytes, messageTimeoutMs);
  if (!("bytes" in body)) {
    return body;
  }

  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new DOMException("timed out", "TimeoutError")),
    route.timeoutMs,
  );
  const signal = AbortSignal.any([exchange.signal, deadline.signal]);
  try {
    const request = new Request(url, {
      method,
      headers: exchange.header,
      signal,
      ...(body.bytes.length > 0 && method !== "GET" && method !== "HEAD" ? { body: body.bytes } : {}),
    });
    const response = await race(
      signal,
      Promise.resolve(route.handle(request, { peer: exchange.peer, rest: match.rest })),
    );
    const header = new Headers(response.headers);
    if (method === "HEAD") {
      await response.body?.cancel();
      return { status: response.status, header };
    }
    return { status: response.status, header, body: response.body ?? undefined };
  } catch (error) {
    if (signal.aborted) {
      return plain(503, "the server did not answer in time");
    }
    report({ source: "http", method, route: route.path, error });
    return plain(500, "internal error");
  } finally {
    clearTimeout(timer);
  }
}

/** An answer of one line of text. */
export function plain(status: number, text: string, header: Headers = new Headers()): HttpAnswer {
  const bytes = new TextEncoder().encode(`${text}\n`);
  header.set("content-type", "text/plain; charset=utf-8");
  header.set("content-length", `${bytes.length}`);
  return {
    status,
    header,
    body: (async function* () {
      yield bytes;
    })(),
  };
}

async function readBody(
  exchange: Exchange,
  maxBytes: number,
  timeoutMs: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer> } | HttpAnswer> {
  if (Number(exchange.header.get("content-length") ?? 0) > maxBytes) {
    return plain(413, `the body is larger than ${maxBytes} bytes`);
  }
  exchange.body.limit(timeoutMs, "whole");
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of exchange.body) {
      length += chunk.length;
      if (length > maxBytes) {
        return plain(413, `the body is larger than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.DeadlineExceeded) {
      return plain(408, "the body did not arrive in time");
    }
    throw error;
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)) };
}

function allowed(match: HttpRouteMatch): string[] {
  const methods = [...match.byMethod.keys()];
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
}
