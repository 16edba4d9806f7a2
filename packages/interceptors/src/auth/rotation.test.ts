import {
  bearerAuthorizer,
  callEcho,
  createTestClock,
  openTransport,
  peers,
  rpcKinds,
  startEchoServer,
  startIdentityProvider,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { bearerAuth, memoryRefreshTokenStore, type RefreshTokenStore, refreshTokenSource } from "./index.ts";

describe("refresh-token rotation against a server that revokes the family on reuse", () => {
  it("1,000 rotations under concurrency, by three sources that share a store: 0 revocations", async () => {
    const clock = createTestClock();
    await using idp = await startIdentityProvider({ wallNow: clock.wallNow });
    const store = memoryRefreshTokenStore(idp.startSession());
    const options = { endpoint: idp.tokenEndpoint, refreshToken: store, ...clock };
    const sources = [1, 2, 3].map(() => refreshTokenSource(options));
    for (let round = 0; round < 1000; round++) {
      const tokens = await Promise.all(sources.flatMap((source) => [source.get(), source.get()]));
      const values = new Set(tokens.map((token) => token.value()));
      expect(values.size).toBe(1);
      idp.expireTokens();
      // Each of six callers reports the refused token; the sources agree on one rotation.
      await Promise.all(tokens.map((token, i) => sources[Math.floor(i / 2)]?.renew(token)));
      expect(idp.requests.length).toBe(round + 2);
    }
    expect(idp.requests.length).toBe(1001);
    expect(idp.revocations).toBe(0);
  });

  it.each(peers)(
    "$server, $protocol: calls of all kinds while the token is refused again and again",
    async (peer) => {
      await using idp = await startIdentityProvider();
      await using server = await startEchoServer(peer.server, { authorize: bearerAuthorizer(idp) });
      const store = memoryRefreshTokenStore(idp.startSession());
      const clients = [1, 2].map(() => {
        const tokens = refreshTokenSource({ endpoint: idp.tokenEndpoint, refreshToken: store });
        return openTransport(peer.protocol, server.url, [bearerAuth({ tokens })]);
      });
      for (let round = 0; round < 5; round++) {
        idp.expireTokens();
        const calls = clients.flatMap((client) => rpcKinds.map((kind) => callEcho(kind, client.transport)));
        for (const { error } of await Promise.all(calls)) {
          expect(error).toBeUndefined();
        }
      }
      expect(idp.revocations).toBe(0);
      expect(idp.requests.length).toBeLessThanOrEqual(10);
      for (const client of clients) {
        await client.close();
      }
    },
  );

  it("the kit does find reuse: two sources with a copy of the token each lose the session", async () => {
    await using idp = await startIdentityProvider();
    const refreshToken = idp.startSession();
    const options = { endpoint: idp.tokenEndpoint, refreshToken };
    await refreshTokenSource(options).get();
    await expect(refreshTokenSource(options).get()).rejects.toMatchObject({ code: "credentials_refused" });
    expect(idp.revocations).toBe(1);
  });
});

it("starts with the access token that the store holds, without a request", async () => {
  await using idp = await startIdentityProvider();
  const accessToken = idp.issueToken();
  const stored = { refreshToken: idp.startSession(), accessToken, expiresAt: Date.now() + 60_000 };
  const store: RefreshTokenStore = { update: (step) => step(stored) };
  const tokens = refreshTokenSource({ endpoint: idp.tokenEndpoint, refreshToken: store });
  expect((await tokens.get()).value()).toBe(accessToken);
  expect(idp.requests.length).toBe(0);
});

it("an empty store is a lost session", async () => {
  const store: RefreshTokenStore = { update: (step) => step(undefined) };
  const tokens = refreshTokenSource({ endpoint: "http://127.0.0.1:1", refreshToken: store });
  await expect(tokens.get()).rejects.toMatchObject({ code: "credentials_refused" });
});
