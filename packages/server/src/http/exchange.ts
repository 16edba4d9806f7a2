import type { RequestBody } from "./request-body.ts";

/** The other end of a connection, as far as the socket knows it. It has the form that `peerContextValues` reads. */
export interface Peer {
  readonly socket: { readonly remoteAddress: string | undefined; readonly remotePort: number | undefined };
  /** Whether the connection is TLS that ends in this process. */
  readonly encrypted: boolean;
  /** For example "1.1" or "2.0". */
  readonly httpVersion: string;
}

/** A response, with at most one of the two bodies. */
export interface HttpAnswer {
  readonly status: number;
  readonly header?: Headers | undefined;
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  readonly trailer?: Headers | undefined;
}

/** One HTTP request and its answer, alike for HTTP/1.1 and HTTP/2. Nothing of the request's body is read before `body` is. */
export interface Exchange {
  readonly peer: Peer;
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly authority: string | undefined;
  /** Path and query as they were sent; for the absolute form of HTTP/1.1 without scheme and authority. */
  readonly target: string;
  readonly header: Headers;
  /** How often the header `authorization` was sent. */
  readonly authorizations: number;
  readonly body: RequestBody;
  /** Aborts when the client is gone, or through `abort`. */
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /**
   * Sends the answer, and resolves when it is handed to the connection. Where the request's body was not read to its end, it
   * never will be: the stream is reset with NO_ERROR (RFC 9113, section 8.1), the connection of HTTP/1.1 closed.
   * Rejects with what `body` throws, and when the client leaves meanwhile.
   */
  answer(answer: HttpAnswer): Promise<void>;
  /** Cuts the exchange off without an answer. */
  destroy(): void;
}
