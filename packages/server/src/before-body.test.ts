import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { describe, expect, it } from "vitest";
import { createServer } from "./create-server.ts";
import { recordAcceptedSockets } from "./testing/accepted-sockets.ts";
import { untilReceived } from "./testing/raw-http1.ts";
import { createTestAuth } from "./testing/test-auth.ts";

const path = "/wirehouse.testkit.v1.EchoService/UnaryEcho";
const uploadBytes = 64 * 1024 * 1024;
const mebibyte = 1024 * 1024;
/** Content types of the three protocols. */
const contentTypes = [
  "application/grpc",
  "application/grpc-web+proto",
  "application/proto",
  "application/json",
];

async function start(refuse: boolean) {
  let parsed = 0;
  const server = createServer({
    auth: createTestAuth(refuse ? {} : { requestGate: () => {} }),
    routes: (router) =>
      void router.service(EchoService, {
        unaryEcho: () => {
          parsed++;
          return {};
        },
      }),
    limits: { readMaxBytes: uploadBytes },
  });
  const { url, port } = await server.listen();
  return { server, url, port, parsed: () => parsed };
}

describe("an upload of 64 MiB without a token", () => {
  it.each(contentTypes)("HTTP/2, %s: answered before 1 MiB is sent, then told to stop", async (type) => {
    using accepted = recordAcceptedSockets();
    const { server, url, parsed } = await start(true);
    const client = connectHttp2(url);
    try {
      const stream = client.request({ ":method": "POST", ":path": path, "content-type": type });
      stream.on("error", () => {});
      let trailers: Record<string, unknown> = {};
      stream.on("trailers", (fields) => {
        trailers = fields;
      });
      const closed = once(stream, "close");
      const answered = once(stream, "response");
      const chunk = Buffer.alloc(64 * 1024);
      let offered = 0;
      const push = (): void => {
        while (!stream.destroyed && !stream.closed && offered < uploadBytes) {
          offered += chunk.length;
          if (!stream.write(chunk)) {
            stream.once("drain", push);
            return;
          }
        }
      };
      push();
      const [head] = await answered;
      stream.resume();
      await closed;
      if (type === "application/grpc") {
        expect(trailers["grpc-status"]).toBe("16");
      } else {
        expect(head[":status"]).toBe(type.startsWith("application/grpc-web") ? 200 : 401);
      }
      expect(stream.rstCode).toBe(0);
      expect(accepted.sockets[0]?.bytesRead).toBeLessThan(mebibyte);
      // The connection goes on.
      const next = client.request({ ":path": "/nothing" });
      const [nextHead] = await once(next, "response");
      expect(nextHead[":status"]).toBe(404);
      expect(parsed()).toBe(0);
    } finally {
      client.destroy();
      await server.close({ grace: 0 });
    }
  });

  it.each(contentTypes)("HTTP/1.1, %s: answered with `connection: close`, under 1 MiB read", async (type) => {
    using accepted = recordAcceptedSockets();
    const { server, port, parsed } = await start(true);
    const socket = connect(port, "127.0.0.1");
    try {
      const answer = untilReceived(socket, /\r\n\r\n/);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: ${uploadBytes}\r\n\r\n`,
      );
      const chunk = Buffer.alloc(64 * 1024);
      let offered = 0;
      const push = (): void => {
        while (!socket.destroyed && offered < uploadBytes) {
          offered += chunk.length;
          if (!socket.write(chunk)) {
            socket.once("drain", push);
            return;
          }
        }
      };
      push();
      const text = await answer;
      expect(text).toMatch(type.startsWith("application/grpc") ? /^HTTP\/1.1 200 / : /^HTTP\/1.1 401 /);
      expect(text.toLowerCase()).toContain("connection: close");
      await closed;
      expect(parsed()).toBe(0);
      expect(accepted.sockets[0]?.bytesRead).toBeLessThan(mebibyte);
    } finally {
      socket.destroy();
      await server.close({ grace: 0 });
    }
  });

  it("HTTP/1.1: a client that waits for 100 Continue never sends the body", async () => {
    const { server, port } = await start(true);
    const socket = connect(port, "127.0.0.1");
    try {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${uploadBytes}\r\n\r\n`,
      );
      expect(await untilReceived(socket, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 401 /);
    } finally {
      socket.destroy();
      await server.close({ grace: 0 });
    }
  });

  it("HTTP/1.1: with a token the client is told to continue", async () => {
    const { server, port, parsed } = await start(false);
    const socket = connect(port, "127.0.0.1");
    try {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n`,
      );
      await untilReceived(socket, /^HTTP\/1.1 100 Continue\r\n\r\n/);
      socket.write("{}");
      await untilReceived(socket, /HTTP\/1.1 200 /);
      expect(parsed()).toBe(1);
    } finally {
      socket.destroy();
      await server.close({ grace: 0 });
    }
  });
});
