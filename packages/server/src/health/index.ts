export type { Health } from "./health.ts";
export { createHealth } from "./health.ts";
export type {
  DependencyReport,
  HealthDependency,
  HealthOptions,
  HealthReport,
  ServingStatus,
} from "./options.ts";
