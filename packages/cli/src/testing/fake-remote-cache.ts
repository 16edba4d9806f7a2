import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface SeenRequest {
  readonly method: string;
  /** "/ac/…" or "/cas/…". */
  readonly path: string;
  readonly authorization: string | undefined;
}

/**
 * Answers a request in place of the cache. `proceed` lets the cache do it; `body` is what the cache would give
 * to a GET.
 */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  cache: { body: Buffer | undefined; proceed(): void },
) => void;

/** A remote cache in memory on a free port, closed when the test is over. It can be told to misbehave. */
export async function startRemoteCache() {
  const blobs = new Map<string, Buffer>();
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let misbehave: Misbehaviour | undefined;
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    requests.push({ method, path, authorization: headers.authorization });
    const chunks: Buffer[] = [];
    request.on("error", () => {}); // The client may go at any time.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
    }
    const body = blobs.get(path);
    const proceed = () => {
      if (method === "PUT") {
        blobs.set(path, Buffer.concat(chunks));
        response.writeHead(201).end();
      } else if (body === undefined) {
        response.writeHead(404).end("not found");
      } else {
        response.writeHead(200, { "content-length": body.length }).end(body);
      }
    };
    if (misbehave === undefined) {
      proceed();
    } else {
      misbehave(request, response, { body, proceed });
    }
  });
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  };
  onTestFinished(async () => {
    if (server.listening) {
      await close();
    }
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** By path. */
    blobs,
    requests,
    /** How many there have been. */
    connections: () => connections,
    /** Stops listening: connections are refused from now on. */
    close,
    misbehave(how: Misbehaviour | undefined) {
      misbehave = how;
    },
  };
}

export type FakeRemoteCache = Awaited<ReturnType<typeof startRemoteCache>>;
