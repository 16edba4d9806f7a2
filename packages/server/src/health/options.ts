import type { DescService } from "@bufbuild/protobuf";

/** Whether a service can be called. */
export type ServingStatus = "serving" | "not_serving";

/** Something that services need: a database, another service. */
export interface HealthDependency {
  /** Unique; names it in the report. */
  name: string;
  /**
   * Resolves when the dependency can be used. A rejection is a failure, and so is taking longer than `timeoutMs`: the signal
   * is aborted then. While a check goes on in spite of that, no other one is started, and each round counts as a failure.
   */
  check(signal: AbortSignal): Promise<void>;
  /** Pause between two checks, in milliseconds, ±10 % so that replicas do not check in step. Default 10,000. */
  intervalMs?: number;
  /** Default 2,000 ms. */
  timeoutMs?: number;
  /** After how many failures in a row it counts as down. One success suffices to be up again. Default 2. */
  failureThreshold?: number;
  /** Which services need it: "all" stands for the server as a whole. Default "all". */
  services?: readonly DescService[] | "all";
  /** Whether these services are NOT_SERVING without it. With false it is only reported. Default true. */
  critical?: boolean;
}

/** Options of `createHealth`. */
export interface HealthOptions {
  /** What the server serves. */
  services: readonly DescService[];
  /** Services with a critical dependency are NOT_SERVING until it was checked. Default none. */
  dependencies?: readonly HealthDependency[];
  /** How many `Watch` streams may be open; one more fails with ResourceExhausted. Default 1,000. */
  maxWatchers?: number;
  /** Told of each change, for a log. The empty name is the server as a whole. It must not throw. */
  onChange?: (change: { service: string; status: ServingStatus }) => void;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Default a timer that does not keep the process alive. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). Default `Math.random`. */
  random?: () => number;
}

/** What is known of one dependency. */
export interface DependencyReport {
  name: string;
  /** "pending" until its first check has ended. */
  status: "pending" | "up" | "down";
  critical: boolean;
  /** Names of the services that need it, or "all". */
  services: readonly string[] | "all";
  /** How long ago the last check ended, in milliseconds; null before the first one. */
  ageMs: number | null;
  /** How long the last check took, in milliseconds; null before the first one. */
  durationMs: number | null;
  /** Failed checks since the last success. */
  failures: number;
  /** Message of the last failure, without credentials in URLs; null after a success. */
  error: string | null;
}

/** What is known of a server. */
export interface HealthReport {
  status: ServingStatus;
  shuttingDown: boolean;
  /** By full name. */
  services: Record<string, ServingStatus>;
  dependencies: DependencyReport[];
}
