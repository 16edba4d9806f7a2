import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Dispatch } from "../http/dispatch.ts";
import { createH1Exchange } from "../http/h1-exchange.ts";
import { createH2Exchange, refuseStream } from "../http/h2-exchange.ts";
import type { ServerLimits } from "../limits.ts";
import { type ManagedSession, manageSession } from "./h2-session.ts";

/** The two versions of HTTP. Neither listens: they are given connections whose version is known. */
export interface Protocols {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
  /** Tells clients to go elsewhere: GOAWAY, `connection: close`, idle connections closed. Open exchanges go on. */
  drain(): void;
  close(): void;
}

/** Creates the servers of both versions, which hand their requests to `dispatch`. */
export function createProtocols(limits: ServerLimits, dispatch: Dispatch): Protocols {
  let draining = false;
  const sessions = new Map<ServerHttp2Session, ManagedSession>();

  const h2 = createHttp2Server({
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes },
    maxSessionMemory: limits.maxSessionMemoryMiB,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetRate,
  });
  h2.on("session", (session: ServerHttp2Session) => {
    const managed = manageSession(session, limits);
    sessions.set(session, managed);
    session.once("close", () => sessions.delete(session));
    if (draining) {
      managed.goAway();
    }
  });
  h2.on(
    "stream",
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      const leave =
        stream.session === undefined
          ? undefined
          : sessions.get(stream.session as ServerHttp2Session)?.enter();
      if (leave === undefined) {
        refuseStream(stream);
        return;
      }
      void dispatch(createH2Exchange(stream, headers, raw)).finally(leave);
    },
  );
  h2.on("sessionError", () => {});

  const h1 = createHttp1Server({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headerTimeoutMs,
    // Bodies have a limit of their own, which lets a request stream last.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headerTimeoutMs),
  });
  const serveHttp1 = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    void dispatch(createH1Exchange(request, response, { expectsContinue, isLast: () => draining }));
  };
  h1.on("request", serveHttp1(false));
  h1.on("checkContinue", serveHttp1(true));
  // A server that does not listen itself must be told to watch over the time-outs of its connections.
  h1.emit("listening");

  return {
    http1: (socket) => h1.emit("connection", socket),
    http2: (socket) => h2.emit("connection", socket),
    drain() {
      draining = true;
      for (const managed of sessions.values()) {
        managed.goAway();
      }
      h1.closeIdleConnections();
    },
    close() {
      // Both complain that they were not listening, and stop their timers.
      h1.close(() => {});
      h2.close(() => {});
    },
  };
}
