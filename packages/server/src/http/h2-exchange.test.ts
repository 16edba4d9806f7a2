import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createH2Exchange } from "./h2-exchange.ts";

it.each([
  ["unread", 0],
  ["read in part", 1],
])("a stream whose body is left %s is closed behind the answer, and not kept", async (_, chunks) => {
  const server = createServer();
  const streamClosed = new Promise<number | undefined>((resolve) => {
    server.on("stream", async (stream, headers, _flags, rawHeaders) => {
      stream.on("close", () => resolve(stream.rstCode));
      const exchange = createH2Exchange(stream, headers, rawHeaders as unknown as string[]);
      const body = exchange.body[Symbol.asyncIterator]();
      for (let read = 0; read < chunks; read++) {
        await body.next();
      }
      await exchange.answer({ status: 200, trailer: new Headers({ "grpc-status": "9" }) });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const stream = client.request({ ":method": "POST" });
    stream.write(Buffer.alloc(1000));
    const [trailers] = await Promise.all([
      once(stream, "trailers"),
      once(stream, "response"),
      stream.resume(),
    ]);
    expect(trailers[0]["grpc-status"]).toBe("9");
    expect(await streamClosed).toBe(0);
  } finally {
    client.destroy();
    server.close();
  }
});
