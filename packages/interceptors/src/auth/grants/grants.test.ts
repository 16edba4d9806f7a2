import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTestClock,
  type IdentityProvider,
  startIdentityProvider,
  type WrongAnswer,
} from "@wirehouse/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentials } from "../../testing/auth-fixture.ts";
import { fileTokenSource } from "../file/index.ts";
import {
  clientCredentialsTokenSource,
  createTokenSource,
  type GrantedToken,
  passwordTokenSource,
  staticTokenSource,
} from "../index.ts";

let idp: IdentityProvider;
beforeEach(async () => {
  idp = await startIdentityProvider({ lifetimeMs: 600_000 });
});
afterEach(() => idp.close());

describe("password", () => {
  it("gets a token from the JSON API, and its lifetime from the JWT", async () => {
    const clock = createTestClock();
    const token = await passwordTokenSource({ ...credentials(idp), ...clock }).get();
    expect(idp.check(token.value())).toBe("valid");
    expect(token.authorization()).toBe(`Bearer ${token.value()}`);
    expect(token.schedule.endsAt).toBe(600_000);
  });

  it.each<[WrongAnswer, string]>([
    ["not-json", "token_endpoint_misbehaved"],
    ["empty-object", "token_endpoint_misbehaved"],
    ["array", "token_endpoint_misbehaved"],
    ["token-is-number", "token_endpoint_misbehaved"],
    ["token-is-empty", "token_endpoint_misbehaved"],
    ["token-has-newline", "token_malformed"],
  ])("the answer %s is refused with %s", async (answer, code) => {
    idp.setMode({ kind: "wrong", answer });
    await expect(passwordTokenSource(credentials(idp)).get()).rejects.toMatchObject({ code });
  });

  it("hangs up on a body that does not end", async () => {
    idp.setMode({ kind: "huge" });
    await expect(passwordTokenSource(credentials(idp)).get()).rejects.toMatchObject({
      code: "token_endpoint_misbehaved",
      message: "the token endpoint's answer is longer than 65536 bytes: it is not a token answer",
    });
  });

  it.each([
    [400, "credentials_refused"],
    [401, "credentials_refused"],
    [403, "credentials_refused"],
    [404, "token_endpoint_misbehaved"],
    [405, "token_endpoint_misbehaved"],
    [408, "token_endpoint_unavailable"],
    [429, "token_endpoint_unavailable"],
    [500, "token_endpoint_unavailable"],
    [503, "token_endpoint_unavailable"],
  ])("status %d is %s, with the plain-text reason", async (status, code) => {
    idp.setMode({ kind: "outage", status });
    await expect(passwordTokenSource(credentials(idp)).get()).rejects.toMatchObject({
      code,
      message: `the token endpoint answered ${status}: the identity provider is down`,
    });
  });

  it("a wrong password is refused", async () => {
    const tokens = passwordTokenSource({ ...credentials(idp), password: "wrong" });
    await expect(tokens.get()).rejects.toMatchObject({ code: "credentials_refused" });
  });
});

describe("client credentials", () => {
  const client = { id: "client", secret: "client-secret" };

  it.each(["basic", "body"] as const)("names the client by %s", async (clientAuthentication) => {
    const options = { endpoint: idp.tokenEndpoint, client, clientAuthentication, scope: "documents.read" };
    const token = await clientCredentialsTokenSource(options).get();
    expect(idp.check(token.value())).toBe("valid");
    expect(idp.requests.map((request) => request.grant)).toEqual(["client_credentials"]);
  });

  it("encodes what is not ASCII, as RFC 6749 asks", async () => {
    const odd = { id: "clïent:1", secret: "s €" };
    let authorization = "";
    const fetch: typeof globalThis.fetch = async (_url, init) => {
      authorization = new Headers(init?.headers).get("authorization") ?? "";
      return Response.json({ access_token: "t", token_type: "bearer", expires_in: "60" });
    };
    const options = { endpoint: "https://idp.test", client: odd, fetch };
    const clock = createTestClock();
    const token = await clientCredentialsTokenSource({ ...options, ...clock }).get();
    expect(atob(authorization.slice(6))).toBe("cl%C3%AFent%3A1:s+%E2%82%AC");
    expect(token.schedule.endsAt).toBe(60_000);
  });

  it("temporarily_unavailable with a 400 is passing trouble", async () => {
    const fetch = async () => Response.json({ error: "temporarily_unavailable" }, { status: 400 });
    const options = { endpoint: "https://idp.test", client, fetch };
    await expect(clientCredentialsTokenSource(options).get()).rejects.toMatchObject({
      code: "token_endpoint_unavailable",
    });
  });

  it("a token that is not a bearer token is refused", async () => {
    const fetch = async () => Response.json({ access_token: "t", token_type: "DPoP" });
    const options = { endpoint: "https://idp.test", client, fetch };
    await expect(clientCredentialsTokenSource(options).get()).rejects.toMatchObject({
      code: "token_endpoint_misbehaved",
    });
  });
});

describe("file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirehouse-token-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("reads the token, and reads it again when it is refused or after rereadMs", async () => {
    const clock = createTestClock();
    const path = join(folder, "token");
    await writeFile(path, "first\n");
    const tokens = fileTokenSource({ path, ...clock });
    const first = await tokens.get();
    expect(first.value()).toBe("first");
    expect(await tokens.renew(first)).toBeUndefined();
    await writeFile(path, "second\n");
    clock.advance(2000);
    expect((await tokens.renew(first))?.value()).toBe("second");
    await writeFile(path, "third\n");
    clock.advance(60_000);
    expect((await tokens.get()).value()).toBe("third");
  });

  it("a file that is not there is passing trouble", async () => {
    const tokens = fileTokenSource({ path: join(folder, "none") });
    await expect(tokens.get()).rejects.toMatchObject({
      code: "token_unavailable",
      cause: { code: "ENOENT" },
    });
  });
});

describe("custom", () => {
  it.each([{ expiresInMs: 1000 }, {}, { accessToken: 5 }])(
    "a grant that gives %j has given no token",
    async (granted) => {
      const tokens = createTokenSource({ grant: () => Promise.resolve(granted as unknown as GrantedToken) });
      await expect(tokens.get()).rejects.toMatchObject({ code: "token_malformed" });
    },
  );
});

describe("static", () => {
  it("gives the token at once and has no other", async () => {
    const tokens = staticTokenSource("api-key");
    const token = await tokens.get();
    expect(token.authorization()).toBe("Bearer api-key");
    expect(await tokens.renew(token)).toBeUndefined();
  });

  it.each(["", "a b", "a\r\nx: y", "schlüssel"])("refuses %j", (token) => {
    expect(() => staticTokenSource(token)).toThrow("characters that an HTTP header must not have");
  });

  it.each([undefined, null, 5])("refuses %j, which only JavaScript lets through", (token) => {
    expect(() => staticTokenSource(token as unknown as string)).toThrow("the token is not a text");
  });
});
