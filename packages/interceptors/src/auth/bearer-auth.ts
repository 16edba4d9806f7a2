import type {
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";
import { ReplayInput } from "../internal/replay-input.ts";
import { monotonicNow } from "../internal/time.ts";
import { type Next, nextStream, nextUnary } from "../internal/unary-or-stream.ts";
import type { AccessToken } from "./access-token.ts";
import {
  asksForNewToken,
  BearerCall,
  type BearerSettings,
  timeLeft,
  tokenFor,
  withToken,
} from "./attempt.ts";
import { createConfinement } from "./confinement.ts";
import type { BearerAuthOptions } from "./options.ts";

const unlimited = { maxMessages: Infinity, maxBytes: Infinity };

/**
 * Client interceptor: each call carries `authorization: Bearer …` (RFC 6750). When the server answers Unauthenticated, the
 * token is renewed once, whatever number of calls fail, and the call is tried once more:
 *
 * - unary: always;
 * - server streams: while no message was delivered;
 * - client and bidi streams: while no message was delivered and everything sent fits the replay buffer.
 *
 * Otherwise the server's error goes through. A call that already has an `authorization` header is left as it is. An attempt
 * that waited for a token has only the time that is left. A call rejects with `Unavailable` when the token endpoint is down,
 * and with `Unauthenticated` when it refused the credentials or when the token must not go to the call's URL; the `cause` is
 * then an `InterceptorError`.
 *
 * Messages of a request stream must not be changed after they were sent: a replay sends them again.
 */
export function bearerAuth(options: BearerAuthOptions): Interceptor {
  const settings: BearerSettings = {
    tokens: options.tokens,
    confine: createConfinement(options),
    select: options.select,
    shouldRefresh: options.shouldRefresh ?? asksForNewToken,
    limits: { maxMessages: options.replay?.maxMessages ?? 64, maxBytes: options.replay?.maxBytes ?? 262_144 },
    now: options.now ?? monotonicNow,
  };
  return (next) => (request) => {
    if (request.header.has("authorization") || settings.select?.(request) === false) {
      return next(request);
    }
    return request.stream ? callStream(settings, next, request) : callUnary(settings, next, request);
  };
}

/** Without `async`, and without an object for the call until it fails: this path is every call's. */
function callUnary(settings: BearerSettings, next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  const startedAt = settings.now();
  const attempt = (token: AccessToken, leftMs?: number): Promise<UnaryResponse> =>
    nextUnary(next, withToken(request, token, leftMs)).catch(async (reason: unknown) => {
      const call = new BearerCall(settings, request, startedAt).resume(token);
      const second = await call.retry(reason, true);
      return await nextUnary(next, second).catch((again: unknown) => {
        throw call.end(again);
      });
    });
  try {
    const token = tokenFor(settings, request);
    return token instanceof Promise
      ? token.then((later) => attempt(later, timeLeft(settings, request, startedAt)))
      : attempt(token);
  } catch (reason) {
    return Promise.reject(reason);
  }
}

async function callStream(
  settings: BearerSettings,
  next: Next,
  request: StreamRequest,
): Promise<StreamResponse> {
  // The one message of a server stream is kept whatever its size: the caller holds it anyway.
  const limits = request.method.methodKind === "server_streaming" ? unlimited : settings.limits;
  const input = new ReplayInput(request.message, request.method.input, limits);
  const call = new BearerCall(settings, request, settings.now());
  const send = (attempt: StreamRequest): Promise<StreamResponse> =>
    nextStream(next, { ...attempt, message: input.read() } as StreamRequest);
  const resend = async (reason: unknown, mayReplay: boolean): Promise<StreamResponse> => {
    const attempt = await call.retry(reason, mayReplay && input.replayable);
    return await send(attempt).catch((again: unknown) => {
      throw call.end(again);
    });
  };
  const token = tokenFor(settings, request);
  const waits = token instanceof Promise;
  const first = call.first(waits ? await token : token, waits);
  let response: StreamResponse;
  try {
    response = await send(first);
  } catch (reason) {
    response = await resend(reason, true);
  }
  // The caller's own copies: a replay changes them, and those of `fetch` cannot be changed.
  const header = new Headers(response.header);
  const trailer = new Headers();
  return { ...response, header, trailer, message: messages(response) } as StreamResponse;

  async function* messages(first: StreamResponse) {
    let current = first;
    let iterator = first.message[Symbol.asyncIterator]();
    let delivered = false;
    let over = false;
    try {
      for (;;) {
        let result: Awaited<ReturnType<typeof iterator.next>>;
        try {
          result = await iterator.next();
        } catch (reason) {
          over = true;
          if (call.isLast) {
            throw call.end(reason);
          }
          current = await resend(reason, !delivered);
          iterator = current.message[Symbol.asyncIterator]();
          replaceAll(header, current.header);
          over = false;
          continue;
        }
        if (result.done === true) {
          over = true;
          return;
        }
        if (!delivered) {
          delivered = true;
          input.release();
        }
        yield result.value;
      }
    } finally {
      replaceAll(trailer, current.trailer);
      over ? call.done() : call.cancel();
    }
  }
}

function replaceAll(target: Headers, source: Headers): void {
  for (const name of [...target.keys()]) {
    target.delete(name);
  }
  for (const [name, value] of source) {
    target.append(name, value);
  }
}
