import { ServerError } from "../errors.ts";
import type { DependencyReport, HealthDependency } from "./options.ts";

/** A dependency under watch. */
export interface WatchedDependency {
  readonly isUp: boolean;
  readonly isCritical: boolean;
  /** Whether that service, or the server as a whole (""), needs it. */
  concerns(service: string): boolean;
  /** Checks in rounds until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
  report(): DependencyReport;
}

interface Surroundings {
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
  /** Called after each round. */
  onRound: () => void;
}

/** Checks a dependency's options and prepares its checks. Throws `ServerError` `invalid_options`. */
export function watchDependency(dependency: HealthDependency, around: Surroundings): WatchedDependency {
  const { name, intervalMs = 10_000, timeoutMs = 2_000, failureThreshold = 2, critical = true } = dependency;
  for (const [option, value] of Object.entries({ intervalMs, timeoutMs, failureThreshold })) {
    if (!(value > 0 && Number.isFinite(value))) {
      throw new ServerError(
        "invalid_options",
        `dependency "${name}": ${option} must be above 0, not ${value}`,
      );
    }
  }
  const services =
    dependency.services === undefined || dependency.services === "all"
      ? "all"
      : dependency.services.map((service) => service.typeName);
  let status: DependencyReport["status"] = "pending";
  let failures = 0;
  let error: string | null = null;
  let last: { endedAt: number; durationMs: number } | undefined;
  let unfinished: Promise<void> | undefined;

  function conclude(startedAt: number, failure: string | null): void {
    last = { endedAt: around.now(), durationMs: around.now() - startedAt };
    error = failure;
    failures = failure === null ? 0 : failures + 1;
    if (failure === null) {
      status = "up";
    } else if (status === "pending" || failures >= failureThreshold) {
      status = "down";
    }
    around.onRound();
  }

  async function round(signal: AbortSignal): Promise<void> {
    const startedAt = around.now();
    if (unfinished !== undefined) {
      conclude(startedAt, "the check before has not ended yet, although it was aborted");
      return;
    }
    const check = new AbortController();
    const timer = new AbortController();
    const stop = (): void => {
      check.abort(signal.reason);
      timer.abort(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    const work = Promise.resolve().then(() => dependency.check(check.signal));
    unfinished = work.then(
      () => {
        unfinished = undefined;
      },
      () => {
        unfinished = undefined;
      },
    );
    const timeout = around.sleep(timeoutMs, timer.signal).then(
      () => `no answer within ${timeoutMs} ms`,
      () => "stopped",
    );
    const failure = await Promise.race([work.then(() => null, describe), timeout]);
    signal.removeEventListener("abort", stop);
    timer.abort();
    check.abort();
    if (!signal.aborted) {
      conclude(startedAt, failure);
    }
  }

  return {
    get isUp() {
      return status === "up";
    },
    isCritical: critical,
    concerns: (service) => services === "all" || services.includes(service),
    async run(signal) {
      while (!signal.aborted) {
        await round(signal);
        // Rejects when the signal is aborted, which ends the loop.
        await around.sleep(intervalMs * (0.9 + 0.2 * around.random()), signal).catch(() => undefined);
      }
    },
    report: () => ({
      name,
      status,
      critical,
      services,
      ageMs: last === undefined ? null : Math.round(around.now() - last.endedAt),
      durationMs: last === undefined ? null : Math.round(last.durationMs),
      failures,
      error,
    }),
  };
}

/** Drivers like to quote the URL that they could not connect to, with the password in it. */
function describe(reason: unknown): string {
  const text = reason instanceof Error ? reason.message || reason.name : String(reason);
  return text.replace(/\/\/[^/\s@]*@/g, "//…@").slice(0, 300);
}
