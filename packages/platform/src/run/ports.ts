import { createServer, type Server } from "node:net";
import { PlatformError } from "../errors.ts";

/** Where each part listens. */
export interface Ports {
  readonly web: number;
  readonly identity: number;
  readonly document: number;
}

export const host = "127.0.0.1";
export const defaultPort = 8080;

/**
 * Three ports: the one given and the next two, or free ones for 0. All have to be known before anything starts, since tokens
 * name the issuer's URL, and the services the page's.
 *
 * @throws PlatformError `port_taken`
 */
export async function choosePorts(first: number): Promise<Ports> {
  const parts = ["the web page", "identity-service", "document-service"];
  const servers: Server[] = [];
  const ports: number[] = [];
  try {
    for (const [index, part] of parts.entries()) {
      const wanted = first === 0 ? 0 : first + index;
      const server = createServer();
      servers.push(server);
      ports.push(await listen(server, wanted, part, first));
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  const [web = 0, identity = 0, document = 0] = ports;
  return { web, identity, document };
}

async function listen(server: Server, port: number, part: string, first: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", (cause: NodeJS.ErrnoException) => {
    const problem = cause.code === "EADDRINUSE" ? "is taken" : `cannot be used (${cause.code})`;
    const other = first + 1000 > 65_533 ? first - 1000 : first + 1000;
    reject(
      new PlatformError(
        "port_taken",
        `port ${port} of ${host}, for ${part}, ${problem}. Choose three others in a row by the first of them, or 0 for free ones: pnpm start --port ${other}`,
        { cause },
      ),
    );
  });
  server.listen(port, host, () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : port);
  });
  return await promise;
}
