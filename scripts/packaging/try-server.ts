import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outsideEnvironment, run } from "./run.ts";

/**
 * Serves and calls an RPC with the installed packages, in a copy of the project that has them installed: with a token over
 * each protocol, and without one.
 * @param node the program to run it with
 */
export function tryServer(root: string, installed: string, folder: string, node: string): void {
  cpSync(installed, folder, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, "serve-and-call.mjs"), serveAndCall);
  run(node, ["serve-and-call.mjs"], folder, outsideEnvironment(root, dirname(node), join(folder, ".cache")));
}

const serveAndCall = `
import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { bearerAuth, staticTokenSource } from "@wirehouse/interceptors/auth";
import { jwtGate, localKeySet } from "@wirehouse/interceptors/auth/server";
import { file_wirehouse_server_v1_policies as serverPolicies } from "@wirehouse/proto-server/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createServer } from "@wirehouse/server";
import { createTokenSigner } from "@wirehouse/testkit";

const issuer = "https://id.example.com";
const signer = createTokenSigner();
const server = createServer({
  auth: jwtGate({ issuer, audience: "echo", algorithms: ["ES256"], keys: localKeySet(signer.keySet), policies: [serverPolicies] }),
  routes: (router) => router.service(EchoService, { unaryEcho: ({ text }) => ({ text }) }),
  reflection: true,
});
const { url: baseUrl } = await server.listen({ port: 0 });
const exp = Math.floor(Date.now() / 1000) + 60;
const token = signer.sign({ iss: issuer, aud: "echo", sub: "packaging", iat: exp - 60, exp });
for (const create of [createConnectTransport, createGrpcTransport, createGrpcWebTransport]) {
  const call = (interceptors) =>
    createClient(EchoService, create({ baseUrl, httpVersion: "2", interceptors })).unaryEcho({ text: "hello" });
  assert.equal((await call([bearerAuth({ tokens: staticTokenSource(token) })])).text, "hello");
  await assert.rejects(call([]), (reason) => ConnectError.from(reason).code === Code.Unauthenticated);
}
await server.close({ grace: 1000 });
`;
