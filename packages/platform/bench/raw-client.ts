import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { type DescMethodUnary, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";

/** Calls unary RPCs over gRPC. */
export interface RawClient {
  call<Method extends DescMethodUnary>(
    method: Method,
    message: MessageShape<Method["input"]>,
  ): Promise<MessageShape<Method["output"]>>;
  close(): void;
}

/**
 * A gRPC client of nothing but `node:http2` and the codec, on one connection: a generated client costs as much as the server that
 * is measured, and on two cores would be what is measured.
 */
export function createRawClient(url: string, authorization: () => string | undefined): RawClient {
  let session: ClientHttp2Session = connect(url);
  const current = (): ClientHttp2Session => {
    if (session.closed || session.destroyed) {
      // The server ends connections after a while.
      session = connect(url);
    }
    return session;
  };
  return {
    call: (method, message) =>
      new Promise((resolve, reject) => {
        const token = authorization();
        const stream = current().request({
          ":method": "POST",
          ":path": `/${method.parent.typeName}/${method.name}`,
          "content-type": "application/grpc+proto",
          te: "trailers",
          ...(token === undefined ? {} : { authorization: token }),
        });
        const chunks: Buffer[] = [];
        let status: string | undefined;
        const read = (headers: IncomingHttpHeaders): void => {
          status = (headers["grpc-status"] as string | undefined) ?? status;
        };
        stream.on("response", read).on("trailers", read).on("error", reject);
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          if (status === "0") {
            resolve(fromBinary(method.output, Buffer.concat(chunks).subarray(prefixBytes)) as never);
          } else {
            reject(new Error(`${method.name} ended with grpc-status ${status}`));
          }
        });
        const body = toBinary(method.input, message as never);
        const frame = Buffer.alloc(prefixBytes + body.length);
        frame.writeUInt32BE(body.length, 1);
        frame.set(body, prefixBytes);
        stream.end(frame);
      }),
    close: () => session.close(),
  };
}

/** Of a gRPC message: one byte of flags, four of length. */
const prefixBytes = 5;
