import { setTimeout as pause } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus, Health as HealthService } from "@wirehouse/proto-grpc-health/v1";
import { ServerError } from "../errors.ts";
import { watchDependency } from "./dependency.ts";
import type { HealthOptions, HealthReport, ServingStatus } from "./options.ts";
import { createWatchers } from "./watch.ts";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;

/** The health of a server and of each of its services. */
export interface Health {
  /** Registers `grpc.health.v1.Health`: Check, Watch and List. */
  routes(router: ConnectRouter): void;
  /** Starts the checks of the dependencies. Calling it again does nothing. */
  start(): void;
  /** Resolves when each dependency was checked at least once. Never, when they are not started. */
  checked(): Promise<void>;
  /**
   * Says by hand that a service, or with "" the server as a whole, is or is not serving. "serving" does not outvote a
   * dependency that is down. Throws `ServerError` `invalid_options` for a service that is not served.
   */
  setStatus(service: DescService | "", status: ServingStatus): void;
  /** Turns everything to NOT_SERVING, for good, and tells the watchers. Their streams stay open. */
  shutdown(): void;
  /** Stops the checks and ends the `Watch` streams with Unavailable. Includes `shutdown`. */
  close(): void;
  /** What is known now. */
  report(): HealthReport;
}

/**
 * Creates the health service (https://github.com/grpc/grpc/blob/master/doc/health-checking.md), fed by checks of what
 * services depend on. A service is SERVING while all its critical dependencies are up; the server as a whole while those for
 * "all" are, and at least one of its services is. Throws `ServerError` `invalid_options`.
 */
export function createHealth(options: HealthOptions): Health {
  const {
    now = () => performance.now(),
    sleep = (ms, signal) => pause(ms, undefined, { signal, ref: false }),
    random = Math.random,
  } = options;
  const names = options.services.map((service) => service.typeName);
  const byHand = new Map<string, ServingStatus>();
  const watchers = createWatchers(options.maxWatchers ?? 1_000);
  const checks = new AbortController();
  let isStarted = false;
  let isShuttingDown = false;
  let allChecked = (): void => {};
  const untilChecked = new Promise<void>((resolve) => {
    allChecked = resolve;
  });

  const dependencies = (options.dependencies ?? []).map((dependency) =>
    watchDependency(dependency, { now, sleep, random, onRound: update }),
  );
  validate(options, names);
  let statuses = compute();
  if (dependencies.length === 0) {
    allChecked();
  }

  function isServing(service: string): boolean {
    return (
      !isShuttingDown &&
      byHand.get(service) !== "not_serving" &&
      dependencies.every(
        (dependency) => dependency.isUp || !dependency.isCritical || !dependency.concerns(service),
      )
    );
  }

  function compute(): Map<string, ServingStatus> {
    const found = names.map((name): [string, ServingStatus] => [
      name,
      isServing(name) ? "serving" : "not_serving",
    ]);
    const isAnyServing = names.length === 0 || found.some(([, status]) => status === "serving");
    return new Map([["", isServing("") && isAnyServing ? "serving" : "not_serving"], ...found]);
  }

  function update(): void {
    const before = statuses;
    statuses = compute();
    watchers.changed();
    for (const [service, status] of statuses) {
      if (before.get(service) !== status) {
        options.onChange?.({ service, status });
      }
    }
    if (dependencies.every((dependency) => dependency.report().status !== "pending")) {
      allChecked();
    }
  }

  function onWire(service: string) {
    const status = statuses.get(service);
    return status === undefined ? SERVICE_UNKNOWN : status === "serving" ? SERVING : NOT_SERVING;
  }

  function shutdown(): void {
    isShuttingDown = true;
    update();
  }

  return {
    shutdown,
    checked: () => untilChecked,
    routes(router) {
      router.service(HealthService, {
        check({ service }) {
          if (!statuses.has(service)) {
            throw new ConnectError("unknown service", Code.NotFound);
          }
          return { status: onWire(service) };
        },
        async *watch({ service }, { signal }) {
          for await (const status of watchers.watch(() => onWire(service), signal)) {
            yield { status };
          }
        },
        list: () => ({
          statuses: Object.fromEntries(
            [...statuses.keys()].map((service) => [service, { status: onWire(service) }]),
          ),
        }),
      });
    },
    start() {
      if (!isStarted) {
        isStarted = true;
        for (const dependency of dependencies) {
          void dependency.run(checks.signal);
        }
      }
    },
    setStatus(service, status) {
      const name = service === "" ? "" : service.typeName;
      if (!statuses.has(name)) {
        throw new ServerError("invalid_options", `this server does not serve ${name}`);
      }
      byHand.set(name, status);
      update();
    },
    close() {
      checks.abort();
      shutdown();
      watchers.close();
    },
    report: () => ({
      status: statuses.get("") ?? "not_serving",
      shuttingDown: isShuttingDown,
      services: Object.fromEntries([...statuses].filter(([name]) => name !== "")),
      dependencies: dependencies.map((dependency) => dependency.report()),
    }),
  };
}

function validate({ dependencies = [] }: HealthOptions, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const { name, services = "all" } of dependencies) {
    if (seen.has(name)) {
      throw new ServerError("invalid_options", `two dependencies are named "${name}"`);
    }
    seen.add(name);
    for (const { typeName } of services === "all" ? [] : services) {
      if (!names.includes(typeName)) {
        throw new ServerError(
          "invalid_options",
          `dependency "${name}" is for ${typeName}, which this server does not serve`,
        );
      }
    }
  }
}
