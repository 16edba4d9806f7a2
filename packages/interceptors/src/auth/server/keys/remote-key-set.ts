import { InterceptorError } from "../../../errors.ts";
import { backoffMs } from "../../../internal/backoff.ts";
import { monotonicNow, sleep as systemSleep } from "../../../internal/time.ts";
import { createKeySetFetch, type FetchKeySetOptions } from "./fetch-key-set.ts";
import { type KeySet, readKeySet } from "./key-set.ts";
import type { KeyLookup, KeyQuery, KeySource } from "./key-source.ts";

/** Options of `remoteKeySet`. */
export interface RemoteKeySetOptions extends FetchKeySetOptions {
  /**
   * The least time between two requests that unknown keys cause, in milliseconds, whatever became of the first. Default
   * 30,000. An issuer should publish a key for at least this long before it signs with it.
   */
  cooldownMs?: number;
  /**
   * How long a fetched set is used, in milliseconds: a key that the issuer takes back stops to count after at most this
   * long. In the last fifth the next one is fetched in the background. Default 600,000.
   */
  cacheMaxAgeMs?: number;
  /**
   * How much longer than `cacheMaxAgeMs` a set is used while no other can be had, in milliseconds. Default 3,600,000; 0
   * trusts no key that could not be confirmed.
   */
  maxStaleMs?: number;
  /** The first pause after a failed request, in milliseconds; it doubles each time, ±20 % (gRFC A6). Default 1,000. */
  backoffMs?: number;
  /** The longest pause after a failed request, in milliseconds. Default 60,000. */
  maxBackoffMs?: number;
  /** Told of each failed request, for logs. What it throws is ignored. */
  onError?: (error: unknown) => void;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Chance, in [0, 1), for jitter. Default `Math.random`. */
  random?: () => number;
}

/** What is known since the last good answer. */
interface Loaded {
  readonly set: KeySet;
  readonly at: number;
}

/**
 * The keys that an issuer publishes at a URL. Nothing is fetched before the first token. There is at most one request at a
 * time, however many calls wait for it, and no timer runs in between.
 *
 * A known key verifies without a request while the set is fresh. When the set is too old, calls wait for the next one; when
 * that cannot be had, known keys go on for `maxStaleMs`, and one request is made a backoff step, in the background. An
 * unknown key causes a request, once in `cooldownMs`. While the last request is one that failed, it is not known whether such
 * a key exists: the call fails with Unavailable.
 *
 * @throws InterceptorError `cleartext_refused` or `invalid_options` for options that must not be.
 */
export function remoteKeySet(options: RemoteKeySetOptions): KeySource {
  const { cooldownMs = 30_000, cacheMaxAgeMs = 600_000, maxStaleMs = 3_600_000 } = options;
  const { now = monotonicNow, random = Math.random } = options;
  const steps = {
    initialMs: options.backoffMs ?? 1000,
    maxMs: options.maxBackoffMs ?? 60_000,
    multiplier: 2,
    jitter: 0.2,
  };
  requireDuration({ cooldownMs, cacheMaxAgeMs, maxStaleMs, initialMs: steps.initialMs, maxMs: steps.maxMs });
  const fetchKeySet = createKeySetFetch(options, options.sleep ?? systemSleep);
  const refreshAheadMs = cacheMaxAgeMs * 0.8;
  let loaded: Loaded | undefined;
  let flight: Promise<void> | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let retryAt = Number.NEGATIVE_INFINITY;
  let lastError: unknown;

  return {
    find(query) {
      const age = loaded === undefined ? Number.POSITIVE_INFINITY : now() - loaded.at;
      if (age >= cacheMaxAgeMs + maxStaleMs) {
        // Nothing that may still be trusted.
        loaded = undefined;
      }
      if (loaded === undefined || (age >= cacheMaxAgeMs && failures === 0)) {
        const request = refresh(retryAt);
        return request === undefined ? answer(query) : request.then(() => answer(query));
      }
      if (age >= refreshAheadMs) {
        void refresh(retryAt);
      }
      if (loaded.set.find(query).kind === "found") {
        return answer(query);
      }
      const request = refresh(Math.max(retryAt, attemptedAt + cooldownMs));
      return request === undefined ? answer(query) : request.then(() => answer(query));
    },
  };

  function answer(query: KeyQuery): KeyLookup {
    const lookup = loaded?.set.find(query);
    return lookup === undefined || (lookup.kind === "unknown" && failures > 0)
      ? { kind: "unavailable", cause: lastError }
      : lookup;
  }

  /** Joins the request that is under way, or makes one unless it is too early. Never rejects. */
  function refresh(notBefore: number): Promise<void> | undefined {
    if (flight === undefined && now() >= notBefore) {
      attemptedAt = now();
      flight = attempt().finally(() => {
        flight = undefined;
      });
    }
    return flight;
  }

  async function attempt(): Promise<void> {
    try {
      const set = await readKeySet(await fetchKeySet(), loaded?.set);
      loaded = { set, at: now() };
      failures = 0;
      retryAt = Number.NEGATIVE_INFINITY;
      lastError = undefined;
    } catch (error) {
      failures++;
      retryAt = now() + backoffMs(failures, steps, random);
      lastError = error;
      try {
        options.onError?.(error);
      } catch {
        // A broken log must not stop the verification of tokens.
      }
    }
  }
}

function requireDuration(values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0)) {
      throw new InterceptorError("invalid_options", `${name} must be a number of milliseconds, 0 or more`);
    }
  }
}
