import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { type UniversalClientFn, universalClientResponseFromFetch } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";

/** Options of `withBufferedStreams`. */
export interface BufferedStreamsOptions {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  /** The most a request may have, all its messages together, in bytes. More: `ResourceExhausted`. */
  readonly maxRequestBytes: number;
  /** Default `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Adds client streaming to a browser's transport. Browsers cannot send a body while it is made, so connect-web refuses it;
 * but a stream whose messages are few and ready can be sent as one body, in the same wire format. Everything else goes through `transport`.
 */
export function withBufferedStreams(transport: Transport, options: BufferedStreamsOptions): Transport {
  const buffered = createTransport({
    baseUrl: options.baseUrl,
    interceptors: options.interceptors,
    useBinaryFormat: true,
    httpClient: fetchWhole(options),
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: Infinity,
    readMaxBytes: 4 * 1024 * 1024,
    writeMaxBytes: options.maxRequestBytes,
  });
  return {
    unary: transport.unary.bind(transport),
    stream(method, ...rest) {
      const chosen = method.methodKind === "client_streaming" ? buffered : transport;
      return chosen.stream(method, ...rest);
    },
  };
}

function fetchWhole({
  fetch = globalThis.fetch,
  maxRequestBytes,
}: BufferedStreamsOptions): UniversalClientFn {
  return async ({ url, method, header, signal, body = [] }) => {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for await (const piece of body) {
      size += piece.length;
      if (size > maxRequestBytes) {
        throw new ConnectError(
          `a request in one piece may have ${maxRequestBytes} bytes: send less in one call`,
          Code.ResourceExhausted,
        );
      }
      pieces.push(piece as Uint8Array<ArrayBuffer>);
    }
    // Browsers set their own, and would ask the server whether they may send this one.
    header.delete("user-agent");
    const request: RequestInit = { method, headers: header, body: new Blob(pieces), redirect: "error" };
    return universalClientResponseFromFetch(
      await fetch(url, signal === undefined ? request : { ...request, signal }),
    );
  };
}
