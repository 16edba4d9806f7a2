import type { DescService } from "@bufbuild/protobuf";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { Health as HealthService } from "@wirehouse/proto-grpc-health/v1";
import type { ServerAuth } from "./auth/server-auth.ts";
import { createFront, type Front } from "./connections/front.ts";
import { createProtocols } from "./connections/protocols.ts";
import { createDiagnostics, createMetrics } from "./diagnostics/index.ts";
import { ServerError } from "./errors.ts";
import { createHealth, type Health } from "./health/index.ts";
import { createCors } from "./http/cors.ts";
import { createDispatch } from "./http/dispatch.ts";
import { createHttpRouteTable } from "./http/http-routes.ts";
import { resolveLimits } from "./limits.ts";
import { onSignals } from "./on-signals.ts";
import type { CloseOptions, ListenOptions, ServerAddress, ServerOptions } from "./options.ts";
import { reflectionRoutes, reflectionServices } from "./reflection/index.ts";
import { createReporter } from "./report.ts";
import { createCalls } from "./rpc/calls.ts";
import { endWithSignal } from "./rpc/end-with-signal.ts";
import { readGuardedRoutes } from "./rpc/guarded-router.ts";
import { createRootGate } from "./rpc/root-gate.ts";
import type { Server } from "./server.ts";
import { createShutdown } from "./shutdown.ts";

/**
 * Composes a server: gRPC, gRPC-Web and Connect on one port, over HTTP/2 and HTTP/1.1, behind one gate.
 *
 * @throws ServerError `invalid_options`, `route_conflict`; and what `auth.assertPolicies` throws when an RPC has no policy.
 */
export function createServer(options: ServerOptions): Server {
  const limits = resolveLimits(options.limits);
  const report = createReporter(options.onError);
  const auth = checkAuth(options.auth);
  const metrics =
    options.diagnostics === undefined || options.diagnostics === false
      ? undefined
      : (options.diagnostics.metrics ?? createMetrics());

  let health: Health | undefined;
  const gate = createRootGate(auth?.requestGate, report);
  const routes = readGuardedRoutes(
    (router) => {
      options.routes(router);
      const services: DescService[] = [...new Set(router.handlers.map((handler) => handler.service))];
      if (options.health !== false) {
        health = createHealth({ ...options.health, services });
        health.routes(router);
        services.push(HealthService);
      }
      if (options.reflection !== undefined && options.reflection !== false) {
        reflectionRoutes(services, options.reflection === true ? {} : options.reflection)(router);
      }
    },
    {
      requestGate: metrics?.gate(gate) ?? gate,
      outer: [
        ...(metrics === undefined ? [] : [metrics.interceptor]),
        ...(auth === undefined ? [] : [auth.interceptor]),
        ...(options.interceptors ?? []),
      ],
      inner: [endWithSignal],
      defaults: {
        readMaxBytes: limits.readMaxBytes,
        writeMaxBytes: limits.writeMaxBytes,
        acceptCompression: [compressionGzip, compressionBrotli],
        compressMinBytes:
          options.compressMinBytes === false ? 0xffff_ffff : (options.compressMinBytes ?? 65_536),
      },
    },
  );
  auth?.assertPolicies(routes.services);

  const calls = createCalls();
  const protocols = createProtocols(
    limits,
    createDispatch({
      rpcs: routes.handlers,
      httpRoutes: createHttpRouteTable(options.httpRoutes ?? [], routes.handlers.keys(), limits),
      cors: options.cors === undefined ? undefined : createCors(options.cors),
      limits,
      calls,
      endless: endlessPaths,
      contextValues: options.contextValues,
      report,
    }),
  );

  let front: Front | undefined;
  let address: ServerAddress | undefined;
  let diagnosticsUrl: string | undefined;
  let state: "new" | "listening" | "closed" = "new";
  let ignoreSignals = (): void => {};
  const stats = () => ({ connections: front?.connections ?? 0, streams: calls.streams, calls: calls.open });
  const diagnostics =
    options.diagnostics === undefined || options.diagnostics === false
      ? undefined
      : createDiagnostics({
          ...options.diagnostics,
          stats,
          ...(metrics === undefined ? {} : { metrics }),
          ...(health === undefined ? {} : { health }),
        });
  const shutdown = createShutdown({
    health,
    calls,
    protocols,
    diagnostics,
    front: () => front,
    done: () => ignoreSignals(),
  });

  const listen = async ({ port = 0, host = "127.0.0.1", signals = [], close = {} }: ListenOptions = {}) => {
    if (state !== "new") {
      throw new ServerError("already_listening", `a server listens once; this one is ${state}`);
    }
    state = "listening";
    try {
      front = await createFront(options.tls, limits, protocols, report);
      const bound = await front.listen(port, host);
      diagnosticsUrl = (await diagnostics?.listen())?.url;
      const scheme = options.tls === undefined ? "http" : "https";
      const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
      address = { url: `${scheme}://${name}:${bound.port}`, host: bound.address, port: bound.port };
    } catch (error) {
      await shutdown.run({ grace: 0 });
      state = "closed";
      throw error;
    }
    health?.start();
    ignoreSignals = onSignals(signals, (count) => void shutdown.run(count === 1 ? close : { grace: 0 }));
    return address;
  };
  const close = (closeOptions: CloseOptions = {}): Promise<void> => {
    state = "closed";
    address = undefined;
    return shutdown.run(closeOptions);
  };

  return {
    listen,
    close,
    get address() {
      return address;
    },
    closed: shutdown.closed,
    draining: shutdown.draining,
    health,
    get diagnosticsUrl() {
      return diagnosticsUrl;
    },
    stats,
    reloadCertificates: async () => front?.reload(),
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Streams that last until the client or the server goes: waiting for them would use up each grace period. */
const endlessPaths: ReadonlySet<string> = new Set([
  `/${HealthService.typeName}/Watch`,
  ...reflectionServices.flatMap((service) =>
    service.methods.map((method) => `/${service.typeName}/${method.name}`),
  ),
]);

function checkAuth(auth: ServerOptions["auth"]): ServerAuth | undefined {
  // For callers without types: forgotten, misspelt or undefined authentication must not admit everybody.
  const given = auth as Partial<ServerAuth & { insecure: unknown }> | undefined;
  if (given?.insecure === true) {
    return undefined;
  }
  if (
    typeof given?.requestGate !== "function" ||
    typeof given.interceptor !== "function" ||
    typeof given.assertPolicies !== "function"
  ) {
    throw new ServerError(
      "invalid_options",
      "auth must be a ServerAuth, such as jwtGate() of @wirehouse/interceptors/auth/server, or { insecure: true }",
    );
  }
  return given as ServerAuth;
}
