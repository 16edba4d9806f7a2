import { afterEach, describe, expect, it } from "vitest";
import { createTestClock } from "../clock/index.ts";
import { type IdentityProvider, startIdentityProvider, type WrongAnswer } from "./index.ts";

let provider: IdentityProvider | undefined;
afterEach(async () => {
  await provider?.close();
  provider = undefined;
});

async function start(options?: Parameters<typeof startIdentityProvider>[0]): Promise<IdentityProvider> {
  provider = await startIdentityProvider(options);
  return provider;
}

function login(to: IdentityProvider, password = "correct horse"): Promise<Response> {
  return fetch(to.loginEndpoint, {
    method: "POST",
    body: JSON.stringify({ username: "ada", password }),
    redirect: "manual",
  });
}

async function grant(to: IdentityProvider, form: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(to.tokenEndpoint, { method: "POST", body: new URLSearchParams(form) });
  return (await response.json()) as Record<string, unknown>;
}

describe("the JSON API", () => {
  it("gives a JWT that is valid until it is expired", async () => {
    const idp = await start();
    const { token } = (await (await login(idp)).json()) as { token: string };
    expect(token.split(".").length).toBe(3);
    expect(idp.check(token)).toBe("valid");
    idp.expireTokens();
    expect(idp.check(token)).toBe("expired");
  });

  it("refuses a wrong password with a plain-text reason", async () => {
    const response = await login(await start(), "wrong");
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("unknown user or wrong password");
  });
});

describe("the OAuth endpoint", () => {
  it("gives tokens for client credentials, in the form or as HTTP Basic", async () => {
    const idp = await start();
    const form = { grant_type: "client_credentials", client_id: "client", client_secret: "client-secret" };
    expect(await grant(idp, form)).toMatchObject({ token_type: "Bearer", expires_in: 300 });
    expect(await grant(idp, { ...form, client_secret: "x" })).toMatchObject({ error: "invalid_client" });
  });

  it("rotates refresh tokens and revokes the family when one is used twice", async () => {
    const idp = await start();
    const first = idp.startSession();
    const second = await grant(idp, { grant_type: "refresh_token", refresh_token: first });
    expect(second.refresh_token).not.toBe(first);
    expect(await grant(idp, { grant_type: "refresh_token", refresh_token: first })).toMatchObject({
      error: "invalid_grant",
    });
    expect(idp.revocations).toBe(1);
    expect(idp.check(String(second.access_token))).toBe("revoked");
    const third = { grant_type: "refresh_token", refresh_token: String(second.refresh_token) };
    expect(await grant(idp, third)).toMatchObject({ error: "invalid_grant" });
  });
});

describe("modes", () => {
  it("outage answers 503 with Retry-After, and normal is back after it", async () => {
    const idp = await start();
    idp.setMode({ kind: "outage", retryAfter: "7" });
    const response = await login(idp);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
    idp.setMode({ kind: "normal" });
    expect((await login(idp)).status).toBe(200);
  });

  it("reset closes the connection", async () => {
    const idp = await start();
    idp.setMode({ kind: "reset" });
    await expect(login(idp)).rejects.toThrow();
  });

  it("slow holds the request until release", async () => {
    const idp = await start();
    idp.setMode({ kind: "slow" });
    const response = login(idp);
    await idp.untilRequests(1);
    idp.release();
    expect((await response).status).toBe(200);
  });

  it.each<WrongAnswer>(["not-json", "empty-object", "array", "token-is-number"])(
    "wrong: %s is a 200",
    async (answer) => {
      const idp = await start();
      idp.setMode({ kind: "wrong", answer });
      expect((await login(idp)).status).toBe(200);
    },
  );

  it("redirect keeps method and body (307)", async () => {
    const idp = await start();
    idp.setMode({ kind: "redirect", location: "http://127.0.0.1:1/" });
    expect((await login(idp)).status).toBe(307);
  });

  it("huge sends more than 1 MiB and stops when the client hangs up", async () => {
    const idp = await start();
    idp.setMode({ kind: "huge" });
    const reader = (await login(idp)).body?.getReader();
    let bytes = 0;
    while (bytes < 1024 * 1024) {
      bytes += (await reader?.read())?.value?.length ?? 0;
    }
    await reader?.cancel();
    expect(bytes).toBeGreaterThan(1024 * 1024 - 1);
  });
});

it("takes its time from the clock that it is given, plus the skew", async () => {
  const clock = createTestClock();
  const idp = await start({ wallNow: clock.wallNow, skewMs: 600_000, lifetimeMs: 60_000 });
  const response = await login(idp);
  expect(Date.parse(response.headers.get("date") ?? "")).toBe(clock.wallNow() + 600_000);
  const { token } = (await response.json()) as { token: string };
  clock.advance(59_999);
  expect(idp.check(token)).toBe("valid");
  clock.advance(1);
  expect(idp.check(token)).toBe("expired");
});

it("publishes the key that verifies its tokens", async () => {
  const idp = await start();
  const set = (await (await fetch(idp.jwksEndpoint)).json()) as { keys: Record<string, string>[] };
  expect(set.keys[0]).toMatchObject({ kty: "EC", alg: "ES256", use: "sig" });
  expect(set.keys[0]).not.toHaveProperty("d");
});

it("puts the scope that it is given into its tokens", async () => {
  const claims = async (scope: string | undefined) => {
    const idp = await start(scope === undefined ? {} : { scope });
    const { token } = (await (await login(idp)).json()) as { token: string };
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;
  };
  expect(await claims("order:read order:write")).toMatchObject({ scope: "order:read order:write" });
  expect(await claims(undefined)).not.toHaveProperty("scope");
});
