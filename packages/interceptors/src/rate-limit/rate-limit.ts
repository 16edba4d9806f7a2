import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { InterceptorError } from "../errors.ts";
import { readTimeoutMs } from "../internal/deadline.ts";
import { monotonicNow, sleep as realSleep } from "../internal/time.ts";
import type { ClientRateLimitOptions, RateLimitOptions } from "./options.ts";
import { createTokenBuckets, type TokenBuckets } from "./token-bucket.ts";

/**
 * Server interceptor: a token bucket for each key. A call beyond it gets `ResourceExhausted` with `retry-after` in seconds
 * (RFC 9110, section 10.2.3) and `grpc-retry-pushback-ms` (gRFC A6) before the handler runs. A stream costs one token.
 *
 * @throws InterceptorError `invalid_options` when a number is out of range.
 */
export function serverRateLimit(options: RateLimitOptions): Interceptor {
  const { buckets, keyOf } = prepare(options);
  return (next) => async (request) => {
    const wait = buckets.take(keyOf(request));
    if (wait > 0) {
      throw exhausted(wait);
    }
    return await next(request);
  };
}

/**
 * Client interceptor: keeps to a rate, so that the server need not refuse. A call that would have to wait past its deadline
 * gets `ResourceExhausted` at once.
 *
 * @throws InterceptorError `invalid_options` when a number is out of range.
 */
export function clientRateLimit(options: ClientRateLimitOptions): Interceptor {
  const { buckets, keyOf } = prepare(options);
  const sleep = options.sleep ?? realSleep;
  return (next) => async (request) => {
    const key = keyOf(request);
    if (options.onLimit === "fail") {
      const wait = buckets.take(key);
      if (wait > 0) {
        throw exhausted(wait);
      }
      return await next(request);
    }
    const wait = buckets.reserve(key);
    if (wait > 0) {
      const timeoutMs = readTimeoutMs(request.header);
      if (timeoutMs !== undefined && timeoutMs <= wait) {
        buckets.giveBack(key);
        throw exhausted(wait);
      }
      try {
        await sleep(wait, request.signal);
      } catch (reason) {
        buckets.giveBack(key);
        throw reason;
      }
    }
    return await next(request);
  };
}

function prepare(options: RateLimitOptions): {
  buckets: TokenBuckets;
  keyOf: NonNullable<RateLimitOptions["key"]>;
} {
  const { perSecond } = options;
  const burst = options.burst ?? Math.max(perSecond, 1);
  const maxKeys = options.maxKeys ?? 10_000;
  if (!(perSecond > 0) || !(burst >= 1) || !(maxKeys >= 1)) {
    throw new InterceptorError(
      "invalid_options",
      "perSecond must be more than 0, burst and maxKeys at least 1",
    );
  }
  const buckets = createTokenBuckets(perSecond, burst, maxKeys, options.now ?? monotonicNow);
  return { buckets, keyOf: options.key ?? (() => "") };
}

function exhausted(waitMs: number): ConnectError {
  return new ConnectError("too many calls: try again later", Code.ResourceExhausted, {
    "retry-after": String(Math.ceil(waitMs / 1000)),
    "grpc-retry-pushback-ms": String(waitMs),
  });
}
