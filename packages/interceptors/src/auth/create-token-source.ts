import { Code, ConnectError } from "@connectrpc/connect";
import { InterceptorError } from "../errors.ts";
import { abortable } from "../internal/abort.ts";
import { backoffMs } from "../internal/backoff.ts";
import { monotonicNow } from "../internal/time.ts";
import { AccessToken } from "./access-token.ts";
import { lifetimeMs } from "./lifetime.ts";
import type { CreateTokenSourceOptions, RefreshEvent } from "./options.ts";
import { planToken } from "./schedule.ts";
import type { TokenSource, TokenWait } from "./token-source.ts";

/** After a failed token request (gRFC A6 for the jitter; no more than 4 requests in the first 10 seconds). */
const failureBackoff = { initialMs: 1000, maxMs: 60_000, multiplier: 2, jitter: 0.2 };
/** After a server refused a token that was just renewed for it. */
const refusalBackoff = { initialMs: 1000, maxMs: 60_000, multiplier: 2, jitter: 0.2 };
const longestRetryAfterMs = 3_600_000;

/**
 * Creates a token source over a grant: one request at a time, renewal ahead of the end, one refresh for each refused token,
 * backoff after failures. It starts no timer: a token is renewed when a call needs it.
 *
 * @throws InterceptorError with the code `invalid_options` when an option is out of range.
 */
export function createTokenSource(options: CreateTokenSourceOptions): TokenSource {
  return new GrantTokenSource(options);
}

/** A token request under way. `refuses` is the generation that a server refused, when that is what started it. */
interface Flight {
  readonly done: Promise<AccessToken>;
  refuses: number | undefined;
}

class GrantTokenSource implements TokenSource {
  readonly #options: CreateTokenSourceOptions;
  readonly #now: () => number;
  readonly #wallNow: () => number;
  readonly #random: () => number;
  readonly #timeoutMs: number;
  #token: AccessToken | undefined;
  #generation = 0;
  #flight: Flight | undefined;
  #failure: { error: InterceptorError; count: number; until: number } | undefined;
  #lost: InterceptorError | undefined;
  #refusal = { generation: 0, count: 0, until: -Infinity };

  constructor(options: CreateTokenSourceOptions) {
    this.#options = options;
    this.#now = options.now ?? monotonicNow;
    this.#wallNow = options.wallNow ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    if (!(this.#timeoutMs > 0)) {
      throw new InterceptorError("invalid_options", "timeoutMs must be more than 0");
    }
  }

  get(wait?: TokenWait): AccessToken | Promise<AccessToken> {
    const token = this.#token;
    if (token !== undefined && this.#flight?.refuses === undefined) {
      const now = this.#now();
      if (now < token.schedule.staleAt) {
        return token;
      }
      if (now < token.schedule.expiresAt) {
        if (this.#blocked(now) === undefined) {
          this.#request(undefined).catch(() => undefined);
        }
        return token;
      }
    }
    return this.#getLater(wait);
  }

  async renew(refused: AccessToken, wait?: TokenWait): Promise<AccessToken | undefined> {
    const newer = this.#token;
    const now = this.#now();
    if (newer !== undefined && newer.generation > refused.generation && now < newer.schedule.endsAt) {
      return newer;
    }
    if (refused.generation === this.#refusal.generation && now < this.#refusal.until) {
      return undefined;
    }
    const blocked = this.#blocked(now);
    if (blocked !== undefined) {
      throw blocked;
    }
    const token = await abortable(this.#request(refused.generation), wait?.signal);
    if (token.generation > refused.generation) {
      return token;
    }
    // The endpoint gave the same token again: asking for it more often changes nothing.
    this.refusedAgain(refused);
    return undefined;
  }

  refusedAgain(token: AccessToken): void {
    const now = this.#now();
    const last = this.#refusal;
    if (token.generation < last.generation || (token.generation === last.generation && now < last.until)) {
      return;
    }
    const calm = now > last.until + refusalBackoff.maxMs;
    const count = calm ? 1 : last.count + 1;
    const until = now + backoffMs(count, refusalBackoff, this.#random);
    this.#refusal = { generation: token.generation, count, until };
  }

  reset(): void {
    this.#token = undefined;
    this.#flight = undefined;
    this.#failure = undefined;
    this.#lost = undefined;
    this.#refusal = { generation: this.#generation, count: 0, until: -Infinity };
  }

  async #getLater(wait: TokenWait | undefined): Promise<AccessToken> {
    try {
      const blocked = this.#flight === undefined ? this.#blocked(this.#now()) : undefined;
      if (blocked !== undefined) {
        throw blocked;
      }
      return await abortable(this.#request(undefined), wait?.signal);
    } catch (error) {
      const token = this.#token;
      if (wait?.signal?.aborted !== true && token !== undefined && this.#now() < token.schedule.endsAt) {
        return token;
      }
      throw error;
    }
  }

  /** Why no token may be asked for now, or undefined. */
  #blocked(now: number): InterceptorError | undefined {
    if (this.#lost !== undefined) {
      return this.#lost;
    }
    return this.#failure !== undefined && now < this.#failure.until ? this.#failure.error : undefined;
  }

  /** Joins the request under way, or starts one. */
  #request(refuses: number | undefined): Promise<AccessToken> {
    if (this.#flight !== undefined) {
      this.#flight.refuses ??= refuses;
      return this.#flight.done;
    }
    const flight: Flight = { done: this.#run(() => this.#flight === flight), refuses };
    this.#flight = flight;
    // Those who wait see the failure; a request in the background has nobody who does.
    flight.done.catch(() => undefined);
    return flight.done;
  }

  /** `isCurrent` is false when `reset` came in between: then nothing of this request is remembered. */
  async #run(isCurrent: () => boolean): Promise<AccessToken> {
    // Not before the caller has stored the flight: a grant may fail at once.
    await undefined;
    const startedAt = this.#now();
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const context = { signal, replaces: this.#token?.value(), wallNow: this.#wallNow };
      const granted = await abortable(this.#options.grant(context), signal);
      return this.#granted(granted, startedAt, isCurrent());
    } catch (reason) {
      const error = toInterceptorError(reason, this.#timeoutMs);
      if (isCurrent()) {
        this.#failed(error, startedAt);
      }
      throw error;
    } finally {
      if (isCurrent()) {
        this.#flight = undefined;
      }
    }
  }

  #granted(
    granted: { accessToken: string; expiresInMs?: number | undefined },
    startedAt: number,
    isCurrent: boolean,
  ): AccessToken {
    const lifetime = granted.expiresInMs ?? lifetimeMs(granted.accessToken, { wallNow: this.#wallNow() });
    const schedule = planToken(startedAt, lifetime, this.#options.ahead ?? {}, this.#random);
    const same = granted.accessToken === this.#token?.value();
    const generation = same ? this.#generation : this.#generation + 1;
    const token = new AccessToken(granted.accessToken, generation, schedule);
    if (isCurrent) {
      this.#token = token;
      this.#generation = generation;
      this.#failure = undefined;
      this.#lost = undefined;
      const durationMs = this.#now() - startedAt;
      this.#tell(same ? { kind: "unchanged", durationMs } : { kind: "refreshed", generation, durationMs });
    }
    return token;
  }

  #tell(event: RefreshEvent): void {
    ignoreThrow(() => this.#options.onRefresh?.(event));
  }

  #failed(error: InterceptorError, startedAt: number): void {
    const now = this.#now();
    const count = (this.#failure?.count ?? 0) + 1;
    const backoff = backoffMs(count, failureBackoff, this.#random);
    const delay = Math.max(backoff, Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs));
    this.#failure = { error, count, until: now + delay };
    this.#tell({ kind: "failed", error, retryInMs: delay, durationMs: now - startedAt });
    if (error.code === "credentials_refused") {
      this.#lost = error;
      ignoreThrow(() => this.#options.onSessionLost?.(error));
    }
  }
}

/** A hook that throws must not turn a good token into a failure. */
function ignoreThrow(hook: () => void): void {
  try {
    hook();
  } catch {
    // The hooks' documentation says so.
  }
}

function toInterceptorError(reason: unknown, timeoutMs: number): InterceptorError {
  if (reason instanceof InterceptorError) {
    return reason;
  }
  if (
    reason instanceof ConnectError &&
    (reason.code === Code.Unauthenticated || reason.code === Code.PermissionDenied)
  ) {
    return new InterceptorError("credentials_refused", "the credentials were refused", { cause: reason });
  }
  if (reason instanceof Error && reason.name === "TimeoutError") {
    const message = `no token within ${timeoutMs} ms: the token endpoint is slow or cannot be reached`;
    return new InterceptorError("token_endpoint_unavailable", message, { cause: reason });
  }
  return new InterceptorError("token_unavailable", "no token could be had: see the cause", { cause: reason });
}
