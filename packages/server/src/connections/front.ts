import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { ServerError } from "../errors.ts";
import type { ServerLimits } from "../limits.ts";
import type { ErrorReporter } from "../report.ts";
import { detectVersion } from "./detect-version.ts";
import type { Protocols } from "./protocols.ts";
import { isSameMaterial, loadTls, secureContext, type TlsOptions } from "./tls.ts";

/** The port: accepts connections and hands them to the version of HTTP that they speak. */
export interface Front {
  readonly connections: number;
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Accepts no more. */
  stop(): void;
  /** Resolves when no connection is left, or the signal aborts. */
  untilNoConnection(signal: AbortSignal): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
  /** Reads the certificate again. Rejects with a `ServerError` and keeps the old one when the new one is of no use. */
  reload(): Promise<void>;
}

/** Creates the port, with TLS or without. */
export async function createFront(
  tls: TlsOptions | undefined,
  limits: ServerLimits,
  protocols: Protocols,
  report: ErrorReporter,
): Promise<Front> {
  const sockets = new Set<Socket>();
  let onLastClosed = (): void => {};
  const server = tls === undefined ? cleartext(limits, protocols) : await encrypted(tls, limits, protocols);
  server.maxConnections = limits.maxConnections;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) {
        onLastClosed();
      }
    });
    socket.setNoDelay(true);
    // Finds peers of HTTP/1.1 that are gone without a word; HTTP/2 has its PINGs.
    socket.setKeepAlive(true, limits.keepAliveIntervalMs);
  });

  const reload = async (): Promise<void> => {
    if (tls !== undefined) {
      await (server as ReloadingTlsServer).reload();
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const interval = tls !== undefined && "certFile" in tls ? (tls.reloadIntervalMs ?? 60_000) : 0;
  const watch = (): void => {
    if (interval > 0) {
      timer = setTimeout(() => {
        reload()
          .catch((error) => report({ source: "certificate", error }))
          .finally(() => timer !== undefined && watch());
      }, interval).unref();
    }
  };

  return {
    get connections() {
      return sockets.size;
    },
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", (cause) =>
          reject(
            new ServerError("listen_failed", `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
          ),
        );
        server.listen(port, host, () => {
          server.removeAllListeners("error");
          server.on("error", (error) => report({ source: "server", error }));
          watch();
          resolve(server.address() as AddressInfo);
        });
      }),
    stop() {
      clearTimeout(timer);
      timer = undefined;
      server.close(() => {});
    },
    untilNoConnection: (signal) =>
      new Promise((resolve) => {
        onLastClosed = resolve;
        if (sockets.size === 0 || signal.aborted) {
          resolve();
        }
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    destroy() {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    reload,
  };
}

type ReloadingTlsServer = TlsServer & { reload(): Promise<void> };

function cleartext(limits: ServerLimits, protocols: Protocols): NetServer {
  // A client of HTTP/1.1 may end its side behind the request and still wait for the answer, as for Node.js's own server.
  return createNetServer({ allowHalfOpen: true }, (socket) =>
    detectVersion(socket, limits.headerTimeoutMs, (version) => {
      if (version === 2) {
        socket.allowHalfOpen = false;
        protocols.http2(socket);
      } else {
        protocols.http1(socket);
      }
    }),
  );
}

async function encrypted(
  tls: TlsOptions,
  limits: ServerLimits,
  protocols: Protocols,
): Promise<ReloadingTlsServer> {
  let material = await loadTls(tls);
  const server = createTlsServer({
    ...secureContext(material),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: limits.headerTimeoutMs,
    requestCert: material.ca !== undefined,
    rejectUnauthorized: material.ca !== undefined,
  });
  server.on("secureConnection", (socket: TLSSocket) =>
    socket.alpnProtocol === "h2" ? protocols.http2(socket) : protocols.http1(socket),
  );
  // A handshake that fails is the client's affair; Node.js closes the connection.
  server.on("tlsClientError", () => {});
  return Object.assign(server, {
    async reload() {
      const next = await loadTls(tls);
      if (!isSameMaterial(material, next)) {
        server.setSecureContext(secureContext(next));
        material = next;
      }
    },
  });
}
