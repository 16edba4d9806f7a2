export type { TelemetryOptions } from "./options.ts";
export { clientTelemetry, serverTelemetry } from "./telemetry.ts";
