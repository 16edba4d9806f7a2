import type { ConnectRouter } from "@connectrpc/connect";
import { createScriptRunner, echoRoutes, type ScriptRunner } from "@wirehouse/testkit/servers";
import { createServer } from "../create-server.ts";
import type { ListenOptions, ServerOptions } from "../options.ts";
import type { Server } from "../server.ts";

/** A server of the echo service that listens. */
export interface EchoFixture extends AsyncDisposable {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  readonly scripts: ScriptRunner;
}

/** Starts a server of the echo service on a free port; without authentication unless `options` say otherwise. */
export async function startEcho(
  options: Partial<ServerOptions> = {},
  listen: ListenOptions = {},
): Promise<EchoFixture> {
  const scripts = createScriptRunner();
  const server = createServer({
    auth: { insecure: true },
    routes: (router: ConnectRouter) => echoRoutes(router, scripts),
    ...options,
  });
  const { url, port } = await server.listen(listen);
  return { server, url, port, scripts, [Symbol.asyncDispose]: () => server.close({ grace: 0 }) };
}
