import type { ScriptRunner } from "./script.ts";

/** An answer of `Authorize` that refuses a call. */
export interface Denial {
  /** gRPC status code, for example 16 for Unauthenticated. */
  readonly code: number;
  readonly message: string;
  /** Value of the `www-authenticate` header, or undefined for none. */
  readonly challenge: string | undefined;
}

/** Decides on a call by its `authorization` header, before the body is read. Returns undefined to let it through. */
export type Authorize = (authorization: string | undefined, procedure: string) => Denial | undefined;

/** One attempt of a call that reached a server, admitted or not. */
export interface ReceivedCall {
  /** For example "/wirehouse.testkit.v1.EchoService/UnaryEcho". */
  readonly procedure: string;
  /** The request's headers, with lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The time that the client allows, in milliseconds, or undefined. On grpc-js it is what was left on arrival. */
  readonly timeoutMs: number | undefined;
}

/** A running echo server. */
export interface EchoServer extends AsyncDisposable {
  /** For example "http://127.0.0.1:40123". */
  readonly url: string;
  /** Every attempt so far, in order of arrival. */
  readonly calls: readonly ReceivedCall[];
  /** HTTP/2 streams that are open now. */
  readonly openStreams: number;
  readonly scripts: ScriptRunner;
  /** Resolves once `count` attempts have arrived. */
  untilCalls(count: number): Promise<void>;
  /** Resolves once at most `count` HTTP/2 streams are open. */
  untilOpenStreams(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Options of the echo servers. */
export interface EchoServerOptions {
  /** Default: every call is admitted. */
  authorize?: Authorize;
}

/** Reads `grpc-timeout` (gRPC over HTTP/2, "Requests") or `connect-timeout-ms`, in milliseconds. */
export function readTimeout(headers: Record<string, string | undefined>): number | undefined {
  const connect = headers["connect-timeout-ms"];
  if (connect !== undefined) {
    return Number(connect);
  }
  const match = /^(\d{1,8})([HMSmun])$/.exec(headers["grpc-timeout"] ?? "");
  if (match === null) {
    return undefined;
  }
  const unit = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }[match[2] as "H"];
  return Number(match[1]) * unit;
}
