import type { watchEventLoop } from "./event-loop-delay.ts";
import { type Endpoint, json } from "./http.ts";
import type { DiagnosticsOptions } from "./options.ts";

/** `/healthz`: the process answers, 200 always. `/readyz`: 503 while the server as a whole is not serving. Same body. */
export function statusEndpoints(
  { version, health, stats }: Pick<DiagnosticsOptions, "version" | "health" | "stats">,
  eventLoop: ReturnType<typeof watchEventLoop>,
): [string, Endpoint][] {
  function read() {
    const report = health?.report();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    return {
      status: report?.status ?? "serving",
      shuttingDown: report?.shuttingDown ?? false,
      version: version ?? null,
      node: process.version,
      pid: process.pid,
      uptimeSeconds: Math.round(process.uptime() * 10) / 10,
      eventLoopDelayMs: eventLoop.read(),
      memoryBytes: { rss, heapUsed, heapTotal, external },
      handles: countEach(process.getActiveResourcesInfo()),
      open: stats?.() ?? null,
      services: report?.services ?? {},
      dependencies: report?.dependencies ?? [],
    };
  }
  return [
    ["/healthz", { handle: () => json(200, read()) }],
    [
      "/readyz",
      {
        handle() {
          const status = read();
          return json(status.status === "serving" ? 200 : 503, status);
        },
      },
    ],
  ];
}

function countEach(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) {
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
