import type { HealthReport } from "../health/index.ts";
import type { Metrics } from "./metrics/index.ts";

/** What is open on a server now. */
export interface ServerStats {
  connections: number;
  /** HTTP/2 streams and HTTP/1.1 requests. */
  streams: number;
  /** RPCs. */
  calls: number;
}

/** Options of `createDiagnostics`. */
export interface DiagnosticsOptions {
  /** Address to listen on. One that others can reach needs `allowNonLoopback`. Default "127.0.0.1". */
  host?: string;
  /** 0 takes a free one. Default 9464, which Prometheus exporters of Node.js programs use. */
  port?: number;
  /** Profiles show names of files and functions, and taking one costs time: whoever can connect can have both. Default false. */
  allowNonLoopback?: boolean;
  /**
   * Names accepted in the `Host` header, without port, besides IP addresses and `localhost`. A page in a browser that turned its
   * own name into our address (DNS rebinding) is refused by this. Default none.
   */
  allowedHosts?: readonly string[];
  /** The version of the service, shown in `/healthz`. Default none. */
  version?: string;
  /**
   * Whether allocations are sampled from `listen` on, one in about `intervalBytes` (default 524,160; near to Go's). Without it
   * `/debug/pprof/heap` needs `?seconds=`, and does not see what was allocated before. Default true.
   */
  heapSampling?: boolean | { intervalBytes?: number };
  /** What `/healthz`, `/readyz` and `/metrics` tell of services and dependencies. Default: always serving. */
  health?: { report(): HealthReport };
  /** Default none. */
  stats?: () => ServerStats;
  /** From `createMetrics`; `/metrics` has them besides those of the process. Default none. */
  metrics?: Metrics;
}

/** A listener for those who run a server, apart from the one for its users. */
export interface Diagnostics {
  /** Starts. Rejects with `ServerError` `listen_failed`, or `already_listening`. */
  listen(): Promise<{ url: string; host: string; port: number }>;
  /** Ends profiles that are on, closes all connections, and stops sampling. */
  close(): Promise<void>;
}
