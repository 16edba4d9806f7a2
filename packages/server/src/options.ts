import type { DescFile } from "@bufbuild/protobuf";
import type { ConnectRouter, ContextValues, Interceptor } from "@connectrpc/connect";
import type { Insecure, ServerAuth } from "./auth/server-auth.ts";
import type { TlsOptions } from "./connections/tls.ts";
import type { DiagnosticsOptions } from "./diagnostics/index.ts";
import type { HealthOptions } from "./health/index.ts";
import type { CorsOptions } from "./http/cors.ts";
import type { Peer } from "./http/exchange.ts";
import type { HttpRoute } from "./http/http-routes.ts";
import type { ServerLimits } from "./limits.ts";
import type { ErrorReporter } from "./report.ts";

/** Options of `createServer`. */
export interface ServerOptions {
  /** Registers the services. Runs once, inside `createServer`; routes cannot be added later. */
  routes: (router: ConnectRouter) => void;
  /**
   * Who may call what. Its gate stands before every RPC, whatever options the service is registered with; every RPC must have a
   * policy, or `createServer` throws. `{ insecure: true }` admits every call, and has to be written out.
   */
  auth: ServerAuth | Insecure;
  /**
   * Interceptors of all RPCs, outermost first. Those of metrics and of `auth` stand outside of them, a service's own inside.
   * (On Connect's own router, a service's own ones take the place of these.)
   */
  interceptors?: readonly Interceptor[];
  /** grpc.health.v1: `Check`, `List`, `Watch`, fed by checks of dependencies. Default on, without dependencies. */
  health?: false | Omit<HealthOptions, "services">;
  /** grpc.reflection v1 and v1alpha, which show the schema to whom their policy lets through. Default off. */
  reflection?: boolean | { files?: readonly DescFile[] };
  /** A second listener, on loopback: /healthz, /readyz, /metrics, /debug/pprof. Default off. */
  diagnostics?: false | Omit<DiagnosticsOptions, "health" | "stats">;
  /** Default: cleartext, for a proxy or mesh that ends TLS. */
  tls?: TlsOptions;
  /** Every limit has a finite default: see `ServerLimits`. */
  limits?: Partial<ServerLimits>;
  /** Which pages may call from a browser. Default none. */
  cors?: CorsOptions;
  /** Plain HTTP endpoints on the same port. The gate does not stand before them. */
  httpRoutes?: readonly HttpRoute[];
  /** Context values of each call, for example `peerContextValues` of `@wirehouse/interceptors/real-ip`. */
  contextValues?: (peer: Peer) => ContextValues;
  /**
   * Responses of this size or more are compressed with gzip or brotli where the client offers it. Default 64 KiB: below that, the
   * CPU time costs more than a fast network saves (grpc-go and grpc-js do not compress at all). `false`: never.
   */
  compressMinBytes?: number | false;
  /** Errors that callers are not told, and those that belong to no call. Default: a line of JSON on standard error. */
  onError?: ErrorReporter;
}

/** Where to listen. */
export interface ListenOptions {
  /** Default 0: a free port. */
  port?: number;
  /** Default "127.0.0.1". "0.0.0.0" or "::" for every interface. */
  host?: string;
  /**
   * Signals that close the server, for example ["SIGTERM", "SIGINT"]. A second one ends the grace period. Default none.
   */
  signals?: readonly NodeJS.Signals[];
  /** How a signal closes the server. */
  close?: CloseOptions;
}

/** How to close. */
export interface CloseOptions {
  /**
   * How long calls may go on, in milliseconds. What is left then ends with `Unavailable`, and one second later the connections
   * are cut. Default 20,000: with that second less than the 30 s of Kubernetes.
   */
  grace?: number;
  /**
   * How long to go on accepting after health has turned NOT_SERVING, in milliseconds, for load balancers that take a while to notice.
   * It counts into the grace. Default 0.
   */
  drainDelay?: number;
}

/** Where a server listens. */
export interface ServerAddress {
  /** For example "http://127.0.0.1:40123", or https. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}
