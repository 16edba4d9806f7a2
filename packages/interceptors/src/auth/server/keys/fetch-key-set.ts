import { InterceptorError } from "../../../errors.ts";
import { abortable } from "../../../internal/abort.ts";
import type { Sleep } from "../../../internal/time.ts";
import { requireSecrecy } from "../../confinement.ts";

/** How a key set is fetched. */
export interface FetchKeySetOptions {
  /** URL of the key set (`jwks_uri`). `https:`, or `http:` to a loopback address. */
  url: string | URL;
  /** Allows `http:` to another machine. Default false. Set it only where something else protects the connection. */
  allowCleartext?: boolean;
  /** The HTTP client. Default `globalThis.fetch`. Redirects are always refused: the URL says whom to trust. */
  fetch?: typeof globalThis.fetch;
  /** How long one request may take, in milliseconds, with the body. Default 5,000. */
  timeoutMs?: number;
  /** The largest answer that is read, in bytes. Default 262,144. */
  maxResponseBytes?: number;
  /** Waits; for tests. Default `setTimeout`. */
  sleep?: Sleep;
}

/** Fetches the JSON of a key set. */
export type FetchKeySet = () => Promise<unknown>;

/**
 * Creates the request.
 *
 * @throws InterceptorError `cleartext_refused` or `invalid_options` for a URL that must not be trusted.
 */
export function createKeySetFetch(options: FetchKeySetOptions, sleep: Sleep): FetchKeySet {
  const url = String(options.url);
  requireSecrecy(url, options.allowCleartext ?? false);
  const { timeoutMs = 5000, maxResponseBytes = 262_144 } = options;

  return async () => {
    const done = new AbortController();
    const request = new AbortController();
    const late = sleep(timeoutMs, done.signal).then(
      () => request.abort(unavailable(`the key set did not arrive in ${timeoutMs} ms`)),
      () => undefined,
    );
    try {
      const answer = get(options.fetch ?? globalThis.fetch, url, maxResponseBytes, request.signal);
      return await abortable(answer, request.signal);
    } finally {
      done.abort();
      await late;
    }
  };
}

async function get(
  fetch: typeof globalThis.fetch,
  url: string,
  limit: number,
  signal: AbortSignal,
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      headers: { accept: "application/jwk-set+json, application/json" },
      redirect: "manual",
      cache: "no-store",
      credentials: "omit",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw response.status >= 500 || response.status === 429 || response.status === 408
        ? unavailable(`the key set's server answered ${response.status}`)
        : misbehaved(`the key set's server answered ${response.status || "with a redirect"}: check the URL`);
    }
    text = await read(response, limit);
  } catch (cause) {
    if (cause instanceof InterceptorError) {
      throw cause;
    }
    throw signal.aborted
      ? signal.reason
      : unavailable("the key set's server cannot be reached: see the cause", cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw misbehaved("the key set is not JSON: check the URL", cause);
  }
}

async function read(response: Response, limit: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) {
      return text + decoder.decode();
    }
    bytes += value.length;
    if (bytes > limit) {
      await reader?.cancel();
      throw misbehaved(`the key set is longer than ${limit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function unavailable(message: string, cause?: unknown): InterceptorError {
  return new InterceptorError("key_set_unavailable", message, { cause });
}

function misbehaved(message: string, cause?: unknown): InterceptorError {
  return new InterceptorError("key_set_misbehaved", message, { cause });
}
