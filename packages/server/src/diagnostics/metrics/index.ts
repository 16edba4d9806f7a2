export type { Metrics, MetricsOptions, RequestGate } from "./metrics.ts";
export { createMetrics } from "./metrics.ts";
