import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { onTestFinished } from "vitest";
import type { Caller } from "../rpc/caller.ts";
import { asCaller, type Replica } from "./harness.ts";

/** Serves a replica on a free port of the loopback interface until the test ends. Returns how to make clients, on gRPC. */
export async function serveReplica({ service }: Replica) {
  const server = createServer(connectNodeAdapter({ routes: service.routes }));
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const session of sessions) {
      session.destroy();
    }
    await closed;
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (caller: Caller) =>
    createClient(DocumentService, createGrpcTransport({ baseUrl, interceptors: [asCaller(caller)] }));
}

/** Messages that a test hands over one by one: the request side of a stream. */
export function createMessages<T>() {
  const queue: T[] = [];
  let ended = false;
  let wake = (): void => undefined;
  return {
    send(...messages: T[]) {
      queue.push(...messages);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<T> {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) {
          yield next;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
