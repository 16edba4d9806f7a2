import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { expect, it } from "vitest";
import { readConfig } from "./config.ts";
import { createScryptHasher } from "./crypto/scrypt-hasher.ts";
import { startIdentityService } from "./service.ts";
import { newKey } from "./testing/identity-fixture.ts";
import { failureOf } from "./testing/outcome.ts";

const operator = { username: "first-operator", secret: "correct horse battery" };
const config = readConfig(
  {
    PORT: "0",
    IDENTITY_BOOTSTRAP_USERNAME: operator.username,
    IDENTITY_BOOTSTRAP_SECRET: operator.secret,
    SHUTDOWN_GRACE_SECONDS: "1",
  },
  () => undefined,
);

function clientOf(url: string, token: string | undefined) {
  const transport = createGrpcTransport({
    baseUrl: url,
    interceptors: [
      (next) => (request) => {
        if (token !== undefined) {
          request.header.set("authorization", `Bearer ${token}`);
        }
        return next(request);
      },
    ],
  });
  return createClient(IdentityService, transport);
}

async function signIn(url: string, username: string, password: string): Promise<string> {
  const response = await fetch(`${url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { token: string }).token;
}

eachStore("the service", (stores) => {
  it("counts guesses by the address that a trusted proxy names", async () => {
    const databaseUrl = await stores.url();
    const trusting = { ...config, databaseUrl, trustedProxies: ["127.0.0.0/8"] };
    const service = await startIdentityService(trusting, () => undefined, {
      hasher: createScryptHasher({ logN: 4 }),
    });
    try {
      const guess = async (forwarded: string) => {
        const response = await fetch(`${service.url}/token`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": forwarded },
          body: JSON.stringify({ username: `name-${randomUUID()}`, password: "x" }),
        });
        return response.status;
      };
      for (let index = 0; index < 30; index++) {
        // What the guesser puts in front of its own address is not believed.
        expect(await guess(`198.51.100.${index}, 203.0.113.9`)).toBe(401);
      }
      expect(await guess("203.0.113.9")).toBe(429);
      expect(await guess("203.0.113.10")).toBe(401);
    } finally {
      await service.close();
    }
  });

  it("signs in, answers over gRPC, and refuses a revoked token on another replica, ending its stream", async () => {
    const databaseUrl = await stores.url();
    const cheap = { hasher: createScryptHasher({ logN: 4 }) };
    const one = await startIdentityService({ ...config, databaseUrl }, () => undefined, cheap);
    // A replica has the issuer of the first, as behind one name.
    const two = await startIdentityService(
      { ...config, databaseUrl, issuer: one.url },
      () => undefined,
      cheap,
    );
    try {
      const admin = clientOf(one.url, await signIn(one.url, operator.username, operator.secret));
      const me = await admin.whoAmI({});
      expect([me.partner?.slug, me.serviceAccount?.username]).toEqual(["platform", operator.username]);
      expect(await failureOf(clientOf(one.url, undefined).whoAmI({}))).toBe("Unauthenticated");

      const { serviceAccount } = await admin.createServiceAccount({
        serviceAccount: { username: "watcher", scopes: ["identity:revocation:watch"] },
        idempotencyKey: newKey(),
      });
      const { serviceAccountId = "" } = serviceAccount ?? {};
      const { value = "" } = await admin.createSecret({
        secret: { serviceAccountId, kind: SecretKind.PASSWORD },
        idempotencyKey: newKey(),
      });
      const watcher = clientOf(two.url, await signIn(two.url, "watcher", value));
      expect(await failureOf(watcher.getPartner({}))).toBe("PermissionDenied");

      const stream = watcher.watchRevocations({})[Symbol.asyncIterator]();
      expect((await stream.next()).value?.message.case).toBe("heartbeat");
      await admin.disableServiceAccount({ serviceAccountId });
      const end = async () => {
        while ((await stream.next()).done !== true);
      };
      expect(await failureOf(end())).toBe("Unauthenticated");
      expect(await failureOf(watcher.whoAmI({}))).toBe("Unauthenticated");
    } finally {
      await two.close();
      await one.close();
    }
  });
});
