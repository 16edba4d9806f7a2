import { startConnectEchoServer } from "../servers/connect-echo-server.ts";
import type { EchoServer, EchoServerOptions } from "../servers/echo-server.ts";
import { startGrpcEchoServer } from "../servers/grpc-echo-server.ts";
import type { Protocol } from "../servers/transports.ts";
import type { RpcKind } from "./echo-call.ts";

/** A server and a protocol that it speaks. */
export interface Peer {
  readonly server: "connect-node" | "grpc-js";
  readonly protocol: Protocol;
}

/** Every server of this kit with every protocol that it speaks. */
export const peers: readonly Peer[] = [
  { server: "connect-node", protocol: "grpc" },
  { server: "connect-node", protocol: "grpc-web" },
  { server: "connect-node", protocol: "connect" },
  { server: "grpc-js", protocol: "grpc" },
];

/** The four kinds of RPC. */
export const rpcKinds: readonly RpcKind[] = [
  "unary",
  "server_streaming",
  "client_streaming",
  "bidi_streaming",
];

/** Every kind of RPC with every peer: the grid that a client library must pass. */
export const peerCases: readonly (Peer & { readonly kind: RpcKind })[] = peers.flatMap((peer) =>
  rpcKinds.map((kind) => ({ ...peer, kind })),
);

/** Starts the server of a peer. */
export function startEchoServer(server: Peer["server"], options?: EchoServerOptions): Promise<EchoServer> {
  return server === "grpc-js" ? startGrpcEchoServer(options) : startConnectEchoServer(options);
}
