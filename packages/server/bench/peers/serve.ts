// A server of the benchmark, in a process of its own: `node serve.ts wirehouse|connect-node|grpc-js`. Sends its URLs over IPC.
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { compressionGzip, connectNodeAdapter } from "@connectrpc/connect-node";
import {
  Server as GrpcServer,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import {
  EchoService,
  type ServerEchoRequest,
  ServerEchoResponseSchema,
  type UnaryEchoRequest,
  UnaryEchoResponseSchema,
} from "@wirehouse/proto-testkit/v1";
import { createServer } from "../../src/index.ts";
import { grpcMethods } from "./grpc-definition.ts";

const routes = (router: ConnectRouter) =>
  router.service(EchoService, {
    unaryEcho: ({ text }) => ({ text }),
    async *serverEcho({ text, script }) {
      for (let index = 0; index < (script?.messages ?? 0); index++) {
        yield { text, index };
      }
    },
  });
const listening = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );

switch (process.argv[2]) {
  case "wirehouse": {
    const server = createServer({ routes, auth: { insecure: true }, health: false });
    const { url } = await server.listen();
    process.send?.({ h1: url, h2: url });
    break;
  }
  case "connect-node": {
    // Compresses as late as ours: the benchmark compares adapters, not gzip.
    const options = { routes, acceptCompression: [compressionGzip], compressMinBytes: 65_536 };
    const h1 = await listening(createHttp1Server(connectNodeAdapter(options)));
    const h2 = await listening(createHttp2Server(connectNodeAdapter(options)));
    process.send?.({ h1, h2 });
    break;
  }
  case "grpc-js": {
    const server = new GrpcServer();
    server.addService(grpcMethods, {
      unaryEcho: (call: ServerUnaryCall<UnaryEchoRequest, object>, answer: sendUnaryData<object>) =>
        answer(null, create(UnaryEchoResponseSchema, { text: call.request.text })),
      serverEcho: async (call: ServerWritableStream<ServerEchoRequest, object>) => {
        for (let index = 0; index < (call.request.script?.messages ?? 0); index++) {
          if (!call.write(create(ServerEchoResponseSchema, { text: call.request.text, index }))) {
            await new Promise<void>((resolve) => call.once("drain", resolve));
          }
        }
        call.end();
      },
    });
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error !== null) {
        throw error;
      }
      process.send?.({ h2: `http://127.0.0.1:${port}` });
    });
  }
}
process.once("disconnect", () => process.exit());
