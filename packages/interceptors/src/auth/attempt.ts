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

/** The default of `shouldRefresh`. */
export function asksForNewToken(error: ConnectError): boolean {
  return error.code === Code.Unauthenticated && newTokenMayHelp(error.metadata.get("www-authenticate"));
}

/**
 * One call: at most two attempts. Each has headers and a signal of its own, so that a caller never sees the token in the
 * request it holds, and a first attempt can be closed while the call goes on.
 */
export class BearerCall<R extends UnaryRequest | StreamRequest> {
  readonly #settings: BearerSettings;
  readonly #request: R;
  readonly #startedAt: number;
  /** The token of each attempt. */
  readonly #tokens: AccessToken[] = [];
  #link: ReturnType<typeof linkSignal> | undefined;

  constructor(settings: BearerSettings, request: R) {
    this.#settings = settings;
    this.#request = request;
    this.#startedAt = settings.now();
  }

  /** The request of the first attempt. Rejects with a `ConnectError` when no token can be had. */
  first(): R | Promise<R> {
    const { tokens, confine } = this.#settings;
    try {
      confine(this.#request.url);
      const token = tokens.get({ signal: this.#request.signal });
      if (!(token instanceof Promise)) {
        return this.#attempt(token);
      }
      return token.then(
        (later) => this.#attempt(later),
        (reason: unknown) => {
          throw toConnectError(reason);
        },
      );
    } catch (reason) {
      throw toConnectError(reason);
    }
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
    const token = await renewal.catch((cause: unknown) => {
      throw toConnectError(cause);
    });
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

  #attempt(token: AccessToken, timeoutMs?: number): R {
    this.#tokens.push(token);
    this.#link = linkSignal(this.#request.signal);
    const header = new Headers(this.#request.header);
    header.set("authorization", token.authorization());
    if (timeoutMs !== undefined) {
      writeTimeoutMs(header, timeoutMs);
    }
    return { ...this.#request, header, signal: this.#link.signal };
  }

  /** What is left of the call's time, in milliseconds, or undefined when it has no limit. */
  #timeLeft(): number | undefined {
    const timeoutMs = readTimeoutMs(this.#request.header);
    if (timeoutMs === undefined) {
      return undefined;
    }
    const left = timeoutMs - (this.#settings.now() - this.#startedAt);
    if (left <= 0) {
      throw new ConnectError("the deadline passed while the token was renewed", Code.DeadlineExceeded);
    }
    return left;
  }
}
