import { eachStore } from "@partner/storage/testing";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { issuer, startTokens } from "../testing/token-fixture.ts";

const hour = 3_600_000;

eachStore("the token endpoints, when the clock was set back", (stores) => {
  test("go on issuing: the first key signs, although its time seems not to have come", async () => {
    const service = await startTokens(stores);
    try {
      service.clock.stepWall(-hour);
      const response = await fetch(`${service.url}/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: service.account.username, password: service.password }),
      });
      expect(response.status).toBe(200);
      const { token } = (await response.json()) as { token: string };
      const keys = createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`));
      const currentDate = new Date(service.clock.wallNow());
      const { payload } = await jwtVerify(token, keys, { issuer, currentDate });
      expect(payload.sub).toBe(service.account.accountId);
    } finally {
      await service.close();
    }
  });
});
