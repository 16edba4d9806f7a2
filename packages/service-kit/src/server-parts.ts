import type { Interceptor } from "@connectrpc/connect";
import { getPrincipal } from "@wirehouse/interceptors/auth/server";
import { createServerChain } from "@wirehouse/interceptors/chain";
import { logging } from "@wirehouse/interceptors/logging";
import { serverRateLimit } from "@wirehouse/interceptors/rate-limit";
import { peerContextValues, realIp, realIpKey } from "@wirehouse/interceptors/real-ip";
import { recovery } from "@wirehouse/interceptors/recovery";
import { requestIdKey, serverRequestId } from "@wirehouse/interceptors/request-id";
import { except, selector } from "@wirehouse/interceptors/selector";
import { serverTelemetry } from "@wirehouse/interceptors/telemetry";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import type { ServerOptions } from "@wirehouse/server";
import type { Log } from "./log.ts";
import type { ServerConfig } from "./server-config.ts";

/** What a service gives besides its settings. */
export interface ServerPartsOptions {
  readonly log: Log;
  /** Throws when the database cannot be used. */
  readonly pingDatabase: () => Promise<void>;
  /** Innermost, if the service does not validate requests itself. */
  readonly validate?: Interceptor;
  /** Monotonic clock of the rate limit, in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

/** The options of `createServer` that are the same for each service. */
export type ServerParts = Pick<
  ServerOptions,
  "interceptors" | "contextValues" | "health" | "reflection" | "diagnostics" | "tls" | "cors" | "onError"
>;

/**
 * Each call has a request id, one log line and a span, and an error that is not for the caller becomes `Internal`. An account
 * that calls more than `rateLimit` gets `ResourceExhausted` with when to come back; health checks are not counted.
 */
export function serverParts(config: ServerConfig, options: ServerPartsOptions): ServerParts {
  const { log, now, validate } = options;
  const { rateLimit, trustedProxies, diagnosticsPort } = config;
  const limited =
    rateLimit &&
    selector(
      except(Health),
      serverRateLimit({
        ...rateLimit,
        ...(now === undefined ? {} : { now }),
        key: ({ contextValues }) => {
          const principal = getPrincipal(contextValues);
          return principal === undefined
            ? `address ${contextValues.get(realIpKey)}`
            : `account ${principal.subject}`;
        },
      }),
    );
  return {
    interceptors: createServerChain({
      requestId: serverRequestId(),
      realIp: realIp({ trustedProxies }),
      telemetry: serverTelemetry(),
      logging: logging({
        side: "server",
        log: ({ level, message, ...fields }) => log(level, message, fields),
        fields: ({ contextValues }) => ({
          requestId: contextValues.get(requestIdKey),
          address: contextValues.get(realIpKey),
          account: getPrincipal(contextValues)?.subject,
        }),
      }),
      recovery: recovery({
        onPanic: (error, { method }) => log("error", "a handler failed", { method: String(method), error }),
      }),
      ...(limited === undefined ? {} : { rateLimit: limited }),
      ...(validate === undefined ? {} : { validate }),
    }),
    contextValues: peerContextValues,
    // Often: balancers send calls elsewhere, and back, as fast as this is noticed.
    health: { dependencies: [{ name: "database", check: options.pingDatabase, intervalMs: 2_000 }] },
    reflection: true,
    diagnostics:
      diagnosticsPort === undefined
        ? false
        : // To set the variable is to mean it.
          { host: config.diagnosticsHost, port: diagnosticsPort, allowNonLoopback: true },
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(config.corsOrigins.length === 0 ? {} : { cors: { origins: config.corsOrigins } }),
    onError: ({ source, ...event }) => log("error", "server error", { source, ...event }),
  };
}
