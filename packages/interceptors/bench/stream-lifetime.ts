// How far from the end of its token a stream ends, in real time, over a real server: a token of 2 s, no clock tolerance, each kind
// and protocol at once, all idle. And how long after a revocation. Limits: ±250 ms, and 1 s.
// Run: pnpm --filter @wirehouse/interceptors bench:streams
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createTokenSigner, openTransport, startConnectEchoServer } from "@wirehouse/testkit";
import { jwtGate, localKeySet } from "../src/auth/server/index.ts";
import { audience, goodClaims, issuer } from "../src/testing/gate-fixture.ts";

const limits = { expiryMs: 250, revocationMs: 1000 };
const protocols = ["grpc", "grpc-web", "connect"] as const;
const kinds = ["server", "client", "bidi"] as const;
const signer = createTokenSigner();
const revoked = new Set<string>();
let notify: (() => void) | undefined;
const gate = jwtGate({
  issuer,
  audience,
  algorithms: ["ES256"],
  keys: localKeySet(signer.keySet),
  clockToleranceMs: 0,
  revoked: {
    isRevoked: ({ tokenId }) => revoked.has(tokenId ?? ""),
    onChange: (listener) => {
      notify = listener;
      return () => {
        notify = undefined;
      };
    },
  },
});
const server = await startConnectEchoServer({
  requestGate: gate.requestGate,
  router: { interceptors: [gate.interceptor] },
});
const clients = protocols.map((protocol) => openTransport(protocol, server.url));

const expiresAt = Date.now() + 2000;
const late = await endings({ exp: expiresAt / 1000 }, () => expiresAt);
let revokedAt = 0;
const revocations = endings({ jti: "revoked" }, () => revokedAt);
await server.untilCalls(2 * late.length);
revokedAt = Date.now();
revoked.add("revoked");
notify?.();
const afterRevocation = await revocations;

const worst = (values: number[]): number => Math.max(...values.map(Math.abs));
console.log(
  `expiry: ${late.join(", ")} ms after it; the worst is ${worst(late)} ms (limit ±${limits.expiryMs} ms)`,
);
console.log(
  `revocation: ${afterRevocation.join(", ")} ms after it; the worst is ${worst(afterRevocation)} ms (limit ${limits.revocationMs} ms)`,
);
for (const client of clients) {
  await client.close();
}
await server.close();
process.exitCode = worst(late) <= limits.expiryMs && worst(afterRevocation) < limits.revocationMs ? 0 : 1;

/** Opens a stream of each kind over each protocol, and returns how many milliseconds after `due` each of them ended. */
function endings(claims: Record<string, unknown>, due: () => number): Promise<number[]> {
  const headers = { authorization: `Bearer ${signer.sign(goodClaims(Date.now(), claims))}` };
  return Promise.all(
    clients.flatMap(({ transport }) =>
      kinds.map(async (kind) => {
        const error = await idle(createClient(EchoService, transport), kind, headers).catch(
          ConnectError.from,
        );
        if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) {
          throw new Error(`a stream ended in another way: ${error}`);
        }
        return Date.now() - due();
      }),
    ),
  );
}

async function idle(
  client: ReturnType<typeof createClient<typeof EchoService>>,
  kind: (typeof kinds)[number],
  headers: Record<string, string>,
): Promise<void> {
  const script = { hold: true, callId: "idle" };
  async function* requests() {
    yield { text: "first" };
    await new Promise(() => undefined);
  }
  switch (kind) {
    case "server":
      for await (const _ of client.serverEcho({ text: "x", script }, { headers }));
      return;
    case "client":
      await client.clientEcho(requests(), { headers });
      return;
    case "bidi":
      for await (const _ of client.bidiEcho(requests(), { headers }));
  }
}
