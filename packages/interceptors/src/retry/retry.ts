import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { InterceptorError } from "../errors.ts";
import { linkSignal } from "../internal/abort.ts";
import { backoffMs } from "../internal/backoff.ts";
import { readTimeoutMs, writeTimeoutMs } from "../internal/deadline.ts";
import { ReplayInput } from "../internal/replay-input.ts";
import { monotonicNow, sleep as realSleep } from "../internal/time.ts";
import { type Next, nextStream, nextUnary } from "../internal/unary-or-stream.ts";
import { createRetryBudget, type RetryBudget } from "./budget.ts";
import type { RetryOptions } from "./options.ts";
import { transportFailure } from "./transport-failure.ts";

const unlimited = { maxMessages: Infinity, maxBytes: Infinity };

/**
 * Client interceptor: tries failed calls again, with exponential backoff, within the call's deadline (gRFC A6). Unary calls
 * and server streams of idempotent methods, a stream only before its first message was delivered; client and bidi streams
 * never. The server's `grpc-retry-pushback-ms` is honoured. Each later attempt carries `grpc-previous-rpc-attempts`.
 *
 * Unary calls and server streams that the server has not processed, and says so, are sent once more at once, whatever the method and
 * `maxAttempts` (gRFC A6, "Transparent Retries"): a server that shuts down refuses what was on its way.
 *
 * @throws InterceptorError `invalid_options` when `maxAttempts` is not a whole number of at least 1.
 */
export function retry(options: RetryOptions = {}): Interceptor {
  const maxAttempts = options.maxAttempts ?? 3;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new InterceptorError(
      "invalid_options",
      "maxAttempts must be a whole number of at least 1: 1 means no retry",
    );
  }
  const methods = options.methods ?? isIdempotent;
  const settings: RetrySettings = {
    maxAttempts,
    codes: new Set(options.codes ?? [Code.Unavailable]),
    backoff: {
      initialMs: options.initialBackoffMs ?? 100,
      maxMs: options.maxBackoffMs ?? 5000,
      multiplier: options.backoffMultiplier ?? 2,
      jitter: options.jitter ?? 0.2,
    },
    budget: createRetryBudget(options.budget ?? { tokens: 10, ratio: 0.1 }),
    onRetry: options.onRetry,
    now: options.now ?? monotonicNow,
    sleep: options.sleep ?? realSleep,
    random: options.random ?? Math.random,
  };
  return (next) => (request) => {
    const attempts = () => new Attempts(settings, request, methods(request.method));
    if (!request.stream) {
      return retryUnary(attempts(), next, request);
    }
    return request.method.methodKind === "server_streaming"
      ? retryStream(attempts(), next, request)
      : next(request);
  };
}

interface RetrySettings {
  readonly maxAttempts: number;
  readonly codes: ReadonlySet<Code>;
  readonly backoff: Parameters<typeof backoffMs>[1];
  readonly budget: RetryBudget;
  readonly onRetry: RetryOptions["onRetry"];
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

function isIdempotent(method: DescMethod): boolean {
  return method.idempotency === Idempotency.NO_SIDE_EFFECTS || method.idempotency === Idempotency.IDEMPOTENT;
}

/** Counts the attempts of one call, and waits between them. */
class Attempts {
  readonly #settings: RetrySettings;
  readonly #request: UnaryRequest | StreamRequest;
  readonly #isRepeatable: boolean;
  readonly #timeoutMs: number | undefined;
  readonly #startedAt: number;
  #made = 1;
  #resent = false;

  constructor(settings: RetrySettings, request: UnaryRequest | StreamRequest, isRepeatable: boolean) {
    this.#settings = settings;
    this.#request = request;
    this.#isRepeatable = isRepeatable;
    this.#timeoutMs = readTimeoutMs(request.header);
    this.#startedAt = settings.now();
  }

  /** The headers of the attempt that comes now: each has its own, so that an inner interceptor's do not pile up. */
  header(): Headers {
    const header = new Headers(this.#request.header);
    if (this.#made > 1) {
      header.set("grpc-previous-rpc-attempts", String(this.#made - 1));
    }
    const left = this.#left();
    if (left !== undefined && (this.#made > 1 || this.#resent)) {
      writeTimeoutMs(header, left);
    }
    return header;
  }

  /** The call has come to its end. */
  succeeded(): void {
    if (this.#isRepeatable) {
      this.#settings.budget.succeeded();
    }
  }

  /** Waits for the next attempt, or throws the error when there is none. */
  async wait(reason: unknown): Promise<void> {
    const { budget, codes, maxAttempts } = this.#settings;
    if (!(reason instanceof ConnectError) || this.#request.signal.aborted) {
      throw reason;
    }
    const failure = transportFailure(reason);
    if (failure === "refused" && !this.#resent && (this.#left() ?? 1) > 0) {
      // No attempt: the server has not seen it. Once, so that a server which refuses everything is not pressed.
      this.#resent = true;
      return;
    }
    if (!this.#isRepeatable || !codes.has(failure === undefined ? reason.code : Code.Unavailable)) {
      throw reason;
    }
    budget.failed();
    const delayMs = this.#delay(reason);
    const left = this.#left();
    if (
      this.#made >= maxAttempts ||
      !budget.allows() ||
      delayMs === undefined ||
      (left !== undefined && left <= delayMs)
    ) {
      throw reason;
    }
    try {
      this.#settings.onRetry?.({ attempt: this.#made + 1, delayMs, error: reason });
    } catch {
      // A hook must not fail a call.
    }
    await this.#settings.sleep(delayMs, this.#request.signal);
    this.#made++;
  }

  /** In milliseconds; undefined when the server says not to try again (gRFC A6, "Pushback"). */
  #delay(error: ConnectError): number | undefined {
    const pushback = error.metadata.get("grpc-retry-pushback-ms");
    if (pushback === null) {
      return backoffMs(this.#made, this.#settings.backoff, this.#settings.random);
    }
    return /^\d+$/.test(pushback) ? Number(pushback) : undefined;
  }

  #left(): number | undefined {
    return this.#timeoutMs === undefined
      ? undefined
      : this.#timeoutMs - (this.#settings.now() - this.#startedAt);
  }
}

async function retryUnary(attempts: Attempts, next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  for (;;) {
    try {
      const response = await nextUnary(next, { ...request, header: attempts.header() });
      attempts.succeeded();
      return response;
    } catch (reason) {
      await attempts.wait(reason);
    }
  }
}

async function retryStream(attempts: Attempts, next: Next, request: StreamRequest): Promise<StreamResponse> {
  const input = new ReplayInput(request.message, request.method.input, unlimited);
  let link = linkSignal(request.signal);
  const closed = new ConnectError("the attempt failed", Code.Canceled);

  const open = async (): Promise<StreamResponse> => {
    for (;;) {
      try {
        const attempt = { ...request, header: attempts.header(), signal: link.signal, message: input.read() };
        return await nextStream(next, attempt as StreamRequest);
      } catch (reason) {
        await again(reason);
      }
    }
  };
  const again = async (reason: unknown): Promise<void> => {
    link.abort(closed);
    await attempts.wait(reason);
    link = linkSignal(request.signal);
  };
  const first = await open();
  return { ...first, message: messages() } as StreamResponse;

  async function* messages() {
    let current = first;
    let delivered = false;
    let over = false;
    try {
      for (;;) {
        try {
          for await (const message of current.message) {
            delivered = true;
            yield message;
          }
          over = true;
          attempts.succeeded();
          return;
        } catch (reason) {
          over = true;
          if (delivered) {
            throw reason;
          }
          await again(reason);
          current = await open();
          over = false;
        }
      }
    } finally {
      over ? link.unlink() : link.abort(new ConnectError("the caller stopped reading", Code.Canceled));
    }
  }
}
