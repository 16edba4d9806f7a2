export type { Insecure, ServerAuth } from "./auth/server-auth.ts";
export type { TlsFiles, TlsMaterial, TlsOptions } from "./connections/tls.ts";
export { createServer } from "./create-server.ts";
export type { DiagnosticsOptions, Metrics, MetricsOptions, ServerStats } from "./diagnostics/index.ts";
export { createMetrics } from "./diagnostics/index.ts";
export type { ServerErrorCode } from "./errors.ts";
export { ServerError } from "./errors.ts";
export type {
  DependencyReport,
  Health,
  HealthDependency,
  HealthOptions,
  HealthReport,
  ServingStatus,
} from "./health/index.ts";
export type { CorsOptions } from "./http/cors.ts";
export type { Peer } from "./http/exchange.ts";
export type { HttpRoute, HttpRouteInfo } from "./http/http-routes.ts";
export type { ServerLimits } from "./limits.ts";
export { defaultLimits } from "./limits.ts";
export type { CloseOptions, ListenOptions, ServerAddress, ServerOptions } from "./options.ts";
export type { ErrorReporter, ServerErrorEvent } from "./report.ts";
export type { Server } from "./server.ts";
