import { Gauge, Registry } from "prom-client";
import type { DiagnosticsOptions } from "../options.ts";

/** Gauges of what a server's health and stats say, read at each scrape. */
export function serverMetrics({ health, stats }: Pick<DiagnosticsOptions, "health" | "stats">): Registry {
  const registry = new Registry();
  const registers = [registry];
  if (stats !== undefined) {
    new Gauge({
      name: "wirehouse_server_open",
      help: "Connections, streams and calls that are open.",
      labelNames: ["kind"],
      registers,
      collect() {
        for (const [kind, count] of Object.entries(stats())) {
          this.set({ kind }, count);
        }
      },
    });
  }
  if (health !== undefined) {
    new Gauge({
      name: "wirehouse_health_serving",
      help: "1 while a service is serving, else 0. The empty name is the server as a whole.",
      labelNames: ["grpc_service"],
      registers,
      collect() {
        const { status, services } = health.report();
        for (const [service, one] of Object.entries({ "": status, ...services })) {
          this.set({ grpc_service: service }, one === "serving" ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: "wirehouse_dependency_up",
      help: "1 while a dependency is up, else 0.",
      labelNames: ["dependency"],
      registers,
      collect() {
        for (const { name, status } of health.report().dependencies) {
          this.set({ dependency: name }, status === "up" ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: "wirehouse_dependency_check_age_seconds",
      help: "Time since the last check of a dependency ended.",
      labelNames: ["dependency"],
      registers,
      collect() {
        for (const { name, ageMs } of health.report().dependencies) {
          if (ageMs !== null) {
            this.set({ dependency: name }, ageMs / 1_000);
          }
        }
      },
    });
  }
  return registry;
}
