import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A balancer of TCP connections, as a Service of Kubernetes is one. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** How many connections each of the servers has got. */
  readonly connections: readonly number[];
}

/** Gives each connection to the next of the servers that accepts it. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const connections = ports.map(() => 0);
  const sockets = new Set<Socket>();
  let turn = 0;
  const hold = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  };
  const pass = (client: Socket, tries: number): void => {
    const index = turn++ % ports.length;
    const upstream = hold(connect(ports[index] ?? 0, "127.0.0.1"));
    let accepted = false;
    upstream.once("connect", () => {
      accepted = true;
      connections[index] = (connections[index] ?? 0) + 1;
      client.pipe(upstream).pipe(client);
    });
    upstream.once("close", () => {
      if (accepted) {
        // Not destroyed: what the server sent last is still on its way to the client.
        client.end();
      } else {
        tries < ports.length ? pass(client, tries + 1) : client.destroy();
      }
    });
    client.once("close", () => upstream.destroy());
  };
  const server = createServer((client) => pass(hold(client), 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
  };
}
