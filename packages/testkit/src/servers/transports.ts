import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

/** The three protocols of Connect. */
export type Protocol = "grpc" | "grpc-web" | "connect";

/** A transport that a test closes. */
export interface TestTransport extends AsyncDisposable {
  readonly transport: Transport;
  close(): Promise<void>;
}

/** Opens a transport over HTTP/2 to a server of this kit. */
export function openTransport(
  protocol: Protocol,
  baseUrl: string,
  interceptors: Interceptor[] = [],
): TestTransport {
  const sessionManager = new Http2SessionManager(baseUrl);
  const options = { baseUrl, interceptors, sessionManager, httpVersion: "2" as const };
  const close = async (): Promise<void> => sessionManager.abort();
  return { transport: create(protocol, options), close, [Symbol.asyncDispose]: close };
}

function create(
  protocol: Protocol,
  options: Parameters<typeof createGrpcTransport>[0] & { httpVersion: "2" },
): Transport {
  switch (protocol) {
    case "grpc":
      return createGrpcTransport(options);
    case "grpc-web":
      return createGrpcWebTransport(options);
    case "connect":
      return createConnectTransport(options);
  }
}
