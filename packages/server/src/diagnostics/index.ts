export { createDiagnostics } from "./diagnostics.ts";
export type { Metrics, MetricsOptions, RequestGate } from "./metrics/index.ts";
export { createMetrics } from "./metrics/index.ts";
export type { Diagnostics, DiagnosticsOptions, ServerStats } from "./options.ts";
