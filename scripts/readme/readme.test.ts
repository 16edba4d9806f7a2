/**
 * Prevents that the README shows a server and a client that do not understand each other. That the README shows these
 * files, and nothing else, is the business of scripts/docs.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { createTokenSigner } from "@wirehouse/testkit/identity-provider";
import { expect, it } from "vitest";
import { readTitle } from "./client.ts";
import { documentServer } from "./server.ts";

const documentId = "0198c5f2-7a10-7000-8000-000000000001";

it("the server and the client of the README understand each other", async () => {
  await using issuer = await startIssuer({ ada: "document:read", eve: "document:write" });
  await using server = documentServer(issuer.url);
  const { url } = await server.listen();
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (reason: unknown) => ConnectError.from(reason).code,
    );
  expect(await readTitle(url, issuer.url, "ada", documentId)).toBe("Contract");
  expect(await codeOf(readTitle(url, issuer.url, "ada", "none"))).toBe(Code.NotFound);
  expect(await codeOf(readTitle(url, issuer.url, "eve", documentId))).toBe(Code.PermissionDenied);
  expect(await codeOf(readTitle(url, issuer.url, "mallory", documentId))).toBe(Code.Unauthenticated);
});

/** Publishes its keys, and gives who knows one of the passwords a token with its scopes. */
async function startIssuer(scopes: Readonly<Record<string, string>>) {
  const signer = createTokenSigner();
  const server = createServer(async (request, response) => {
    if (request.url !== "/token") {
      response.setHeader("content-type", "application/jwk-set+json").end(JSON.stringify(signer.keySet));
      return;
    }
    const { username, password } = (await new Response(request).json()) as Record<string, string>;
    const scope = scopes[password ?? ""];
    if (scope === undefined) {
      response.writeHead(401).end();
      return;
    }
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { aud: "documents", sub: username, client_id: "readme", iat: seconds, exp: seconds + 300 };
    const token = signer.sign({ iss: url, jti: password, scope, ...claims });
    response.setHeader("content-type", "application/json").end(JSON.stringify({ token }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
