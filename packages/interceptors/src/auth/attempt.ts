import { Code, ConnectError, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { toConnectError } from "../errors.ts";
import { linkSignal } from "../internal/abort.ts";
import { readTimeoutMs, writeTimeoutMs } from "../internal/deadline.ts";
import type { AccessToken } from "./access-token.ts";
import { newTokenMayHelp } from "./challenge.ts";
import type { Confine } from "./confinement.ts";
import type { BearerAuthOptions } from "./options.ts";
import { scrub } from "./scrub.ts";

/** What all calls through one `bearerAuth` share. */
export interface BearerSettings {
  readonly tokens: BearerAuthOptions["tokens"];
  readonly confine: Confine;
  readonly select: BearerAuthOptions["select"];
  readonly shouldRefresh: (error: ConnectError) => boolean;
  readonly limits: { readonly maxMessages: number; readonly maxBytes: number };
  readonly now: () => number;
}

/**
 * The token for a call that goes to the request's URL: at once if there is one, which is nearly always. Throws or rejects
 * with a `ConnectError` when there is none to be had, or when it must not go there.
 */
export function tokenFor(
  { tokens, confine }: BearerSettings,
  request: UnaryRequest | StreamRequest,
): AccessToken | Promise<AccessToken> {
  try {
    confine(request.url);
    const token = tokens.get(request);
    return token instanceof Promise ? token.catch(rethrow) : token;
  } catch (reason) {
    return rethrow(reason);
  }
}

function rethrow(reason: unknown): never {
  throw toConnectError(reason);
}

/** A copy of the request that carries the token, and says how much of its time is left, if that has changed. */
export function withToken<R extends UnaryRequest | StreamRequest>(
  request: R,
  token: AccessToken,
  leftMs?: number,
): R {
  const header = new Headers(request.header);
  header.set("authorization", token.authorization());
  if (leftMs !== undefined) {
    writeTimeoutMs(header, leftMs);
  }
  return { ...request, header };
}

/** What is left of a call's time, in milliseconds, or undefined when it has no limit. Throws when nothing is left. */
export function timeLeft(
  settings: BearerSettings,
  request: UnaryRequest | StreamRequest,
  startedAt: number,
): number | undefined {
  const timeoutMs = readTimeoutMs(request.header);
  if (timeoutMs === undefined) {
    return undefined;
  }
  const left = timeoutMs - (settings.now() - startedAt);
  if (left <= 0) {
    throw new ConnectError("the deadline passed while the call waited for a token", Code.DeadlineExceeded);
  }
  return left;
}

/** The default of `shouldRefresh`. */
export function asksForNewToken(error: ConnectError): boolean {
  return error.code === Code.Unauthenticated && newTokenMayHelp(error.metadata.get("www-authenticate"));
}

/**
 * One call: at most two attempts. Each has headers of its own, so that a caller never sees the token in the request it
 * holds; each of a stream has a signal of its own, so that the first can be closed while the call goes on.
 */
export class BearerCall<R extends UnaryRequest | StreamRequest> {
  readonly #settings: BearerSettings;
  readonly #request: R;
  readonly #startedAt: number;
  /** The token of each attempt. */
  readonly #tokens: AccessToken[] = [];
  #link: ReturnType<typeof linkSignal> | undefined;

  constructor(settings: BearerSettings, request: R, startedAt: number) {
    this.#settings = settings;
    this.#request = request;
    this.#startedAt = startedAt;
  }

  /** The request of the first attempt; `waited` says that time has passed since the call began. */
  first(token: AccessToken, waited: boolean): R {
    return this.#attempt(token, waited ? this.#timeLeft() : undefined);
  }

  /** Continues after a first attempt with this token, which was made without this object. */
  resume(token: AccessToken): this {
    this.#tokens.push(token);
    return this;
  }

  /** Whether the second attempt was made, which is the last. */
  get isLast(): boolean {
    return this.#tokens.length > 1;
  }

  /**
   * Closes the failed first attempt and returns the request of the second one. Rejects with the error that the call ends
   * with when there is none: the server's own, or why no token could be had.
   */
  async retry(reason: unknown, mayReplay: boolean): Promise<R> {
    const refused = this.#tokens.at(-1);
    if (refused === undefined) {
      throw reason;
    }
    const error = this.#close(reason);
    if (!this.#isRefusal(error) || this.#request.signal.aborted) {
      throw error;
    }
    const renewal = this.#settings.tokens.renew(refused, { signal: this.#request.signal });
    if (!mayReplay) {
      // Not for this call, but the next one shall find a token that works.
      renewal.catch(() => undefined);
      throw error;
    }
    const token = await renewal.catch(rethrow);
    if (token === undefined) {
      throw error;
    }
    return this.#attempt(token, this.#timeLeft());
  }

  /** Closes the failed second attempt and returns the error that the call ends with. */
  end(reason: unknown): unknown {
    const token = this.#tokens.at(-1);
    if (token === undefined) {
      return reason;
    }
    const error = this.#close(reason);
    if (this.#isRefusal(error)) {
      this.#settings.tokens.refusedAgain(token);
    }
    return error;
  }

  /** The caller wants no more of the attempt under way. */
  cancel(): void {
    this.#link?.abort(new ConnectError("the caller stopped reading", Code.Canceled));
  }

  /** The call is over. */
  done(): void {
    this.#link?.unlink();
  }

  #close(reason: unknown): unknown {
    this.#link?.abort(new ConnectError("the attempt failed", Code.Canceled));
    return scrub(reason, this.#tokens);
  }

  #isRefusal(error: unknown): boolean {
    return error instanceof ConnectError && this.#settings.shouldRefresh(error);
  }

  #timeLeft(): number | undefined {
    return timeLeft(this.#settings, this.#request, this.#startedAt);
  }

  #attempt(token: AccessToken, leftMs: number | undefined): R {
    this.#tokens.push(token);
    const attempt = withToken(this.#request, token, leftMs);
    if (!attempt.stream) {
      // A unary attempt that failed has ended its HTTP/2 stream, or ends it with the call: no need for a signal of its own.
      return attempt;
    }
    this.#link = linkSignal(this.#request.signal);
    return { ...attempt, signal: this.#link.signal };
  }
}
