import type { Interceptor } from "@connectrpc/connect";
import {
  openTransport,
  type Protocol,
  type RpcKind,
  rpcKinds,
  startConnectEchoServer,
} from "@wirehouse/testkit";

/** Every kind of RPC with every protocol, for interceptors of either side. */
export const grid: readonly { kind: RpcKind; protocol: Protocol }[] = (
  ["grpc", "grpc-web", "connect"] as const
).flatMap((protocol) => rpcKinds.map((kind) => ({ kind, protocol })));

/** A connect-node server and a client, with interceptors on either side. */
export async function startPair(
  protocol: Protocol,
  {
    client = [],
    server = [],
    ...options
  }: { client?: Interceptor[]; server?: Interceptor[] } & Omit<
    NonNullable<Parameters<typeof startConnectEchoServer>[0]>,
    "router"
  >,
) {
  const echo = await startConnectEchoServer({ ...options, router: { interceptors: server } });
  const { transport, close } = openTransport(protocol, echo.url, client);
  return {
    server: echo,
    transport,
    async [Symbol.asyncDispose]() {
      await close();
      await echo.close();
    },
  };
}
