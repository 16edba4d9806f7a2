import type { MeterProvider, TracerProvider } from "@opentelemetry/api";

/** Options of `clientTelemetry` and `serverTelemetry`. */
export interface TelemetryOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider;
  /** Default: the global one. */
  meterProvider?: MeterProvider;
  /** Whether a server continues its caller's trace. Set false where callers are not trusted. Default true. */
  trustIncoming?: boolean;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
}
