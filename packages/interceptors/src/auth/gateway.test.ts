import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  callEcho,
  createScriptRunner,
  echoRoutes,
  expectedTexts,
  openTransport,
  startIdentityProvider,
} from "@wirehouse/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { credentials } from "../testing/auth-fixture.ts";
import { grid } from "../testing/grid.ts";
import { bearerAuth, passwordTokenSource } from "./index.ts";

let server: Http2Server | undefined;
const sessions = new Set<ServerHttp2Session>();
afterEach(async () => {
  for (const session of sessions) {
    session.destroy();
  }
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
});

/** A gateway that answers 401 with a page, in plain HTTP, before the RPC server is asked. */
async function startGateway(isGood: (authorization: string) => boolean, challenge?: string): Promise<string> {
  const handler = connectNodeAdapter({ routes: (router) => echoRoutes(router, createScriptRunner()) });
  server = createServer((request, response) => {
    if (isGood(request.headers.authorization ?? "")) {
      handler(request, response);
      return;
    }
    response.writeHead(401, {
      "content-type": "text/html",
      ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    });
    response.end("<h1>401</h1>");
  });
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it.each([undefined, 'Bearer error="invalid_token"'])(
    "a gateway's 401 (challenge %s) renews the token too",
    async (challenge) => {
      await using idp = await startIdentityProvider();
      const url = await startGateway(
        (header) => idp.check(header.slice("Bearer ".length)) === "valid",
        challenge,
      );
      const tokens = passwordTokenSource(credentials(idp));
      await using client = openTransport(protocol, url, [bearerAuth({ tokens })]);
      await tokens.get();
      idp.expireTokens();
      expect(await callEcho(kind, client.transport)).toEqual({
        delivered: expectedTexts(kind),
        error: undefined,
      });
      expect(idp.requests.length).toBe(2);
    },
  );
});

it("a gateway that always answers 401: its error, after two attempts", async () => {
  await using idp = await startIdentityProvider();
  let asked = 0;
  const url = await startGateway(() => {
    asked++;
    return false;
  });
  await using client = openTransport("grpc", url, [
    bearerAuth({ tokens: passwordTokenSource(credentials(idp)) }),
  ]);
  expect(ConnectError.from((await callEcho("unary", client.transport)).error).code).toBe(
    Code.Unauthenticated,
  );
  expect(asked).toBe(2);
});
