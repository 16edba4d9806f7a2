import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Exchange } from "./exchange.ts";
import { closeLingering } from "./linger.ts";
import { countHeader, toWebHeaders } from "./node-headers.ts";
import { createRequestBody } from "./request-body.ts";
import { clientGone, sent, writeRest } from "./write-body.ts";

/** What else must be known to serve a request of HTTP/1.1. */
export interface H1ExchangeOptions {
  /** The client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue: boolean;
  /** Whether the connection is to be closed behind the answer. Asked when the answer is sent. */
  readonly isLast: () => boolean;
}

/** Takes up a request of HTTP/1.1. */
export function createH1Exchange(
  request: IncomingMessage,
  response: ServerResponse,
  { expectsContinue, isLast }: H1ExchangeOptions,
): Exchange {
  const controller = new AbortController();
  const { socket } = request;
  const encrypted = (socket as TLSSocket).encrypted === true;
  const { authority, target } = splitTarget(request.url ?? "", request.headers.host);
  let answered = false;

  request.on("error", () => {});
  response.on("error", () => {});
  // The request closes when its body was read; the response when the exchange is over, or the client gone.
  response.once("close", () => {
    if (!answered) {
      controller.abort(new ConnectError("the client is gone", Code.Canceled));
    }
  });
  const body = createRequestBody({
    readable: request,
    signal: controller.signal,
    received: () => request.complete,
    ...(expectsContinue ? { onStart: () => response.writeContinue() } : {}),
  });

  return {
    peer: {
      socket: { remoteAddress: socket.remoteAddress, remotePort: socket.remotePort },
      encrypted,
      httpVersion: request.httpVersion,
    },
    method: request.method ?? "",
    scheme: encrypted ? "https" : "http",
    authority,
    target,
    header: toWebHeaders(request.headers),
    authorizations: countHeader(request.rawHeaders, "authorization"),
    body,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    async answer(answer) {
      const iterator = answer.body?.[Symbol.asyncIterator]();
      try {
        const first = await iterator?.next();
        if (response.destroyed || socket.destroyed) {
          throw clientGone(response);
        }
        answer.header?.forEach((value, name) => {
          response.setHeader(name, name === "set-cookie" ? (answer.header?.getSetCookie() ?? []) : value);
        });
        const abandoned = !request.complete && !body.ended;
        if (abandoned) {
          response.setHeader("connection", "close");
          closeLingering(socket);
        } else if (isLast()) {
          response.setHeader("connection", "close");
        }
        response.writeHead(answer.status);
        if (iterator !== undefined && first !== undefined) {
          await writeRest(response, iterator, first);
        }
        if (answer.trailer !== undefined) {
          response.addTrailers([...answer.trailer]);
        }
        answered = true;
        response.end();
        await sent(response);
        body.discard();
      } catch (error) {
        await iterator?.throw?.(error).catch(() => {});
        // Only a broken connection tells a client of HTTP/1.1 that the body it got is not the whole one.
        socket.destroy();
        throw error;
      } finally {
        iterator?.return?.().catch(() => {});
      }
    },
    destroy: () => socket.destroy(),
  };
}

/** Splits a request target in absolute form, which servers must understand (RFC 9112, section 3.2.2). */
function splitTarget(
  url: string,
  host: string | undefined,
): { authority: string | undefined; target: string } {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  return absolute === null
    ? { authority: host, target: url }
    : { authority: absolute[1], target: absolute[2] ?? "" };
}
