import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Exchange, HttpAnswer } from "./exchange.ts";
import { countHeader, toWebHeaders } from "./node-headers.ts";
import { createRequestBody } from "./request-body.ts";
import { clientGone, sent, writeRest } from "./write-body.ts";

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_ENHANCE_YOUR_CALM } =
  constants;

/** Headers of a connection, which HTTP/2 forbids (RFC 9113, section 8.2.2). */
const connectionHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Takes up a stream of an HTTP/2 connection. */
export function createH2Exchange(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): Exchange {
  const controller = new AbortController();
  const socket = stream.session?.socket;
  const encrypted = (socket as TLSSocket | undefined)?.encrypted === true;
  let answered = false;

  // Its end is told by "close", which comes after it.
  stream.on("error", () => {});
  stream.once("close", () => {
    if (!answered) {
      controller.abort(reasonOf(stream.rstCode));
    }
  });
  const body = createRequestBody({
    readable: stream,
    signal: controller.signal,
    received: () => stream.readableEnded || stream.endAfterHeaders || remoteEnded(stream),
  });

  return {
    peer: {
      socket: { remoteAddress: socket?.remoteAddress, remotePort: socket?.remotePort },
      encrypted,
      httpVersion: "2.0",
    },
    method: headers[":method"] as string,
    scheme: encrypted ? "https" : "http",
    authority: (headers[":authority"] as string | undefined) ?? headers.host,
    target: (headers[":path"] as string | undefined) ?? "",
    header: toWebHeaders(headers),
    authorizations: countHeader(rawHeaders, "authorization"),
    body,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    async answer(answer) {
      const iterator = answer.body?.[Symbol.asyncIterator]();
      try {
        const first = await iterator?.next();
        if (stream.destroyed || stream.closed) {
          throw clientGone(stream);
        }
        const bare = (first === undefined || first.done === true) && answer.trailer === undefined;
        const trailersSent = sendHead(stream, answer, bare);
        if (!bare) {
          if (iterator !== undefined && first !== undefined) {
            await writeRest(stream, iterator, first);
          }
          stream.end();
        }
        answered = true;
        await (trailersSent ?? sent(stream));
        if (!body.ended && !stream.closed) {
          // The client may stop sending: its request was answered without the rest.
          stream.close(NGHTTP2_NO_ERROR);
        }
        body.discard();
      } catch (error) {
        await iterator?.throw?.(error).catch(() => {});
        if (!stream.destroyed) {
          stream.close(NGHTTP2_INTERNAL_ERROR);
        }
        throw error;
      } finally {
        iterator?.return?.().catch(() => {});
      }
    },
    destroy: () => stream.destroy(),
  };
}

/** Refuses a stream before any of it was processed: the client may send the request again (RFC 9113, section 8.7). */
export function refuseStream(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.close(NGHTTP2_REFUSED_STREAM);
}

/** Sends the headers. Where trailers follow the body, the promise resolves once these are sent, or the client is gone. */
function sendHead(stream: ServerHttp2Stream, answer: HttpAnswer, bare: boolean): Promise<void> | undefined {
  const head: OutgoingHttpHeaders = { ":status": answer.status };
  copyHeaders(answer.header, head);
  const { trailer } = answer;
  stream.respond(head, { endStream: bare, waitForTrailers: trailer !== undefined });
  if (trailer === undefined) {
    return undefined;
  }
  return new Promise((resolve) => {
    stream.once("close", resolve).once("wantTrailers", () => {
      const fields: OutgoingHttpHeaders = {};
      copyHeaders(trailer, fields);
      stream.sendTrailers(fields);
      // They leave when Node.js is done with this event.
      setImmediate(resolve);
    });
  });
}

function copyHeaders(from: Headers | undefined, to: OutgoingHttpHeaders): void {
  from?.forEach((value, name) => {
    if (name === "set-cookie") {
      to[name] = from.getSetCookie();
    } else if (!connectionHeaders.has(name)) {
      to[name] = value;
    }
  });
  if (to["set-cookie"] !== undefined) {
    // Never into the compression table, where another response could be used to guess it (RFC 7541, section 7.1).
    to[sensitiveHeaders as unknown as string] = ["set-cookie"];
  }
}

function remoteEnded(stream: ServerHttp2Stream): boolean {
  // 1 is half closed by the peer, in nghttp2's terms.
  return !stream.destroyed && stream.state.remoteClose === 1;
}

/** What the client's reset of a stream means for the call (gRPC over HTTP/2, "Errors"). */
function reasonOf(rstCode: number | undefined): ConnectError {
  switch (rstCode) {
    case NGHTTP2_REFUSED_STREAM:
      return new ConnectError("the client refused the stream", Code.Unavailable);
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return new ConnectError("the client asked for less", Code.ResourceExhausted);
    default:
      return new ConnectError("the client is gone", Code.Canceled);
  }
}
