import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from "node:http2";
import { createServer as createHttp2Server } from "node:http2";
import { ConnectError, type ConnectRouterOptions, cors, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createStateWatcher } from "../events.ts";
import { listen } from "../listen.ts";
import { echoRoutes } from "./connect-echo-routes.ts";
import { type EchoServer, type EchoServerOptions, type ReceivedCall, readTimeout } from "./echo-server.ts";
import { createScriptRunner } from "./script.ts";

/** Options of `startConnectEchoServer`. */
export interface ConnectEchoServerOptions extends EchoServerOptions {
  /** "2" is HTTP/2 over cleartext with prior knowledge; "1.1" also sends CORS headers, for browsers. Default "2". */
  httpVersion?: "1.1" | "2";
  /** Options for the router, for example server interceptors. */
  router?: ConnectRouterOptions;
  /** Connect's gate, after `authorize`: what a library under test decides about a call. Default: every call is admitted. */
  requestGate?: (context: HandlerContext) => void | Promise<void>;
  /** Context values of each request, for example the address of the peer. Default none. */
  contextValues?: Parameters<typeof connectNodeAdapter>[0]["contextValues"];
}

/** Starts an echo server on connect-node: gRPC, gRPC-Web and Connect on one free port of the loopback interface. */
export async function startConnectEchoServer(options: ConnectEchoServerOptions = {}): Promise<EchoServer> {
  const scripts = createScriptRunner();
  const watcher = createStateWatcher();
  const calls: ReceivedCall[] = [];
  const sessions = new Set<ServerHttp2Session>();
  let openStreams = 0;

  const requestGate = (context: HandlerContext): void | Promise<void> => {
    const headers = Object.fromEntries(context.requestHeader);
    const procedure = new URL(context.url).pathname;
    calls.push({ procedure, headers, timeoutMs: readTimeout(headers) });
    watcher.changed();
    const denial = options.authorize?.(headers.authorization, procedure);
    if (denial !== undefined) {
      throw new ConnectError(
        denial.message,
        denial.code,
        denial.challenge === undefined ? undefined : { "www-authenticate": denial.challenge },
      );
    }
    return options.requestGate?.(context);
  };
  const handler = connectNodeAdapter({
    ...options.router,
    ...(options.contextValues === undefined ? {} : { contextValues: options.contextValues }),
    requestGate,
    routes: (router) => echoRoutes(router, scripts),
  });

  const server =
    options.httpVersion === "1.1" ? createHttp1Server(withCors(handler)) : createHttp2Server(handler);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("stream", (stream) => {
      openStreams++;
      stream.on("close", () => {
        openStreams--;
        watcher.changed();
      });
    });
  });
  const listening = await listen(server);
  const close = async (): Promise<void> => {
    for (const session of sessions) {
      session.destroy();
    }
    if ("closeAllConnections" in server) {
      server.closeAllConnections();
    }
    await listening.close();
  };
  return {
    url: listening.url,
    calls,
    scripts,
    get openStreams() {
      return openStreams;
    },
    untilCalls: (count) => watcher.until(() => calls.length >= count),
    untilOpenStreams: (count) => watcher.until(() => openStreams <= count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type NodeHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

function withCors(handler: NodeHandler): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
    // Whatever the page asks for: Connect's own list lacks `authorization`, and interceptors add headers of theirs.
    const asked = request.headers["access-control-request-headers"] ?? cors.allowedHeaders.join(", ");
    response.setHeader("access-control-allow-headers", asked);
    response.setHeader(
      "access-control-expose-headers",
      [...cors.exposedHeaders, "www-authenticate"].join(", "),
    );
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    handler(request, response);
  };
}
