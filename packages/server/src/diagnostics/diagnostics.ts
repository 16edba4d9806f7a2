import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { ServerError } from "../errors.ts";
import { watchEventLoop } from "./event-loop-delay.ts";
import { isLoopback } from "./hosts.ts";
import { type Endpoint, respond } from "./http.ts";
import { processMetrics } from "./metrics/process-metrics.ts";
import { serverMetrics } from "./metrics/server-metrics.ts";
import type { Diagnostics, DiagnosticsOptions } from "./options.ts";
import { type HeapSampler, shareHeapSampler } from "./pprof/heap-sampler.ts";
import { defaultIntervalBytes } from "./pprof/object-size.ts";
import { profileEndpoints } from "./profile-endpoints.ts";
import { statusEndpoints } from "./status-endpoints.ts";

/**
 * Creates the diagnostics listener: `/healthz` and `/readyz` (JSON), `/metrics` (Prometheus), `/debug/pprof/profile` and
 * `/debug/pprof/heap` (pprof). It answers to GET on exactly these paths, and to this machine only. Throws `ServerError`
 * `invalid_options` for an address that others can reach, unless `allowNonLoopback` is set.
 */
export function createDiagnostics(options: DiagnosticsOptions = {}): Diagnostics {
  const { host = "127.0.0.1", port = 9464, allowNonLoopback = false, allowedHosts = [] } = options;
  const { intervalBytes = defaultIntervalBytes } =
    typeof options.heapSampling === "object" ? options.heapSampling : {};
  if (!allowNonLoopback && !isLoopback(host)) {
    throw new ServerError(
      "invalid_options",
      `diagnostics would be open to others on ${host}: use 127.0.0.1 or ::1, or set allowNonLoopback`,
    );
  }
  if (!(Number.isInteger(intervalBytes) && intervalBytes >= 1_024)) {
    throw new ServerError(
      "invalid_options",
      `heapSampling.intervalBytes must be at least 1024, not ${intervalBytes}`,
    );
  }

  const closing = new AbortController();
  const eventLoop = watchEventLoop();
  const ownMetrics = serverMetrics(options);
  let sampler: HeapSampler | undefined;
  let isStarted = false;

  const endpoints = new Map<string, Endpoint>([
    ...statusEndpoints(options, eventLoop),
    [
      "/metrics",
      {
        async handle() {
          const registries = [
            processMetrics(),
            ownMetrics,
            ...(options.metrics ? [options.metrics.registry] : []),
          ];
          const parts = await Promise.all(registries.map((registry) => registry.metrics()));
          return {
            status: 200,
            type: Registry.PROMETHEUS_CONTENT_TYPE,
            body: parts.filter(Boolean).join("\n"),
          };
        },
      },
    ],
    ...profileEndpoints({ sampler: () => sampler, intervalBytes, closing: closing.signal }),
  ]);
  endpoints.set("/debug/pprof/", {
    handle: () => ({ status: 200, type: "text/html; charset=utf-8", body: index }),
  });

  const server = createServer({
    maxHeaderSize: 8_192,
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = 32;
  // A connection without traffic; longer than the longest profile.
  server.timeout = 90_000;
  server.on("request", (request, response) => {
    void respond(request, response, endpoints, allowedHosts);
  });

  return {
    async listen() {
      if (isStarted) {
        throw new ServerError("already_listening", "the diagnostics listener was started, or closed, before");
      }
      isStarted = true;
      processMetrics();
      server.listen(port, host);
      try {
        // Rejects with what "error" is emitted with.
        await once(server, "listening");
      } catch (cause) {
        throw new ServerError("listen_failed", `diagnostics cannot listen on ${host}:${port}`, { cause });
      }
      if (options.heapSampling !== false) {
        sampler = await shareHeapSampler(intervalBytes);
      }
      const address = server.address() as AddressInfo;
      const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
      return { url: `http://${name}:${address.port}`, host: address.address, port: address.port };
    },
    async close() {
      isStarted = true;
      closing.abort();
      eventLoop.stop();
      sampler?.release();
      sampler = undefined;
      if (server.listening) {
        const closed = once(server, "close");
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}

const index = `<!doctype html>
<title>Profiles</title>
<h1>/debug/pprof/</h1>
<ul>
<li><a href="profile?seconds=30">profile?seconds=30</a>: where CPU time goes, for 1 to 60 s
<li><a href="heap">heap</a>: what is alive, by the stack that allocated it
<li><a href="heap?gc=1">heap?gc=1</a>: the same after a garbage collection, which stops the process meanwhile
<li><a href="heap?gc=1&amp;seconds=30">heap?gc=1&amp;seconds=30</a>: only what was allocated in these seconds and is alive after them
</ul>
<p>go tool pprof -http=: FILE, or https://www.speedscope.app (it reads the file in the browser).
`;
