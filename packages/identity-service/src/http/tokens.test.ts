import { eachStore } from "@partner/storage/testing";
import {
  clientCredentialsTokenSource,
  memoryRefreshTokenStore,
  passwordTokenSource,
  refreshTokenSource,
} from "@wirehouse/interceptors/auth";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  accessTokenMs,
  issuer,
  publishAheadMs,
  refreshGraceMs,
  rotationMs,
  startTokens,
  type TokenFixture,
} from "../testing/token-fixture.ts";

eachStore("the token endpoints", (stores) => {
  let service: TokenFixture;
  beforeEach(async () => {
    service = await startTokens(stores);
  });
  afterEach(() => service.close());

  const postToken = (body: unknown, url = service.url) =>
    fetch(`${url}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const postForm = (form: Record<string, string> | string, header: Record<string, string> = {}) =>
    fetch(`${service.url}/oauth2/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...header },
      body: new URLSearchParams(form).toString(),
    });
  const fields = async (response: Promise<Response>) =>
    (await (await response).json()) as Record<string, string>;
  /** A new access token of the account. */
  const signIn = async () =>
    (await fields(postToken({ username: "nightly", password: service.password }))).token ?? "";
  const client = () => ({ client_id: "nightly", client_secret: service.clientSecret });
  const refresh = (refreshToken: string, more: Record<string, string> = {}) =>
    postForm({ grant_type: "refresh_token", refresh_token: refreshToken, ...client(), ...more });
  const offline = async () =>
    (await (
      await postForm({ grant_type: "client_credentials", scope: "offline_access", ...client() })
    ).json()) as {
      refresh_token: string;
      scope: string;
    };
  const verify = (token: string, currentMs = service.clock.wallNow()) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`)), {
      issuer,
      audience: "wirehouse",
      typ: "at+jwt",
      currentDate: new Date(currentMs),
    });
  const audit = () =>
    service.db.read((tx) =>
      tx
        .selectFrom("audit_log")
        .select(["action", "outcome", "detail", "actor"])
        .where("action", "in", ["sign_in", "refresh"])
        .orderBy("audit_id")
        .execute(),
    );

  test("the password client gets a token that verifies and says what RFC 9068 asks for", async () => {
    const tokens = passwordTokenSource({
      endpoint: `${service.url}/token`,
      username: "nightly",
      password: service.password,
    });
    const token = (await tokens.get()).value();
    const { payload, protectedHeader } = await verify(token);
    const seconds = service.clock.wallNow() / 1000;
    expect(payload).toEqual({
      iss: issuer,
      aud: "wirehouse",
      sub: service.account.accountId,
      client_id: "nightly",
      iat: seconds,
      exp: seconds + accessTokenMs / 1000,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scope: "document:read document:write",
      partner: service.account.partnerId,
    });
    expect(protectedHeader).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    const known = await service.store.read((tx) => tx.tokens.find(payload.jti ?? ""));
    expect(known).toMatchObject({ sessionId: payload.sid, keyId: protectedHeader.kid, kind: "access" });
    await expect(verify(token, service.clock.wallNow() + accessTokenMs)).rejects.toMatchObject({
      code: "ERR_JWT_EXPIRED",
    });
    expect(await audit()).toEqual([
      { action: "sign_in", outcome: "ok", detail: "", actor: service.account.accountId },
    ]);
  });

  test.each(["basic", "body"] as const)(
    "the client-credentials client gets a narrower token, named by %s",
    async (way) => {
      const tokens = clientCredentialsTokenSource({
        endpoint: `${service.url}/oauth2/token`,
        client: { id: "nightly", secret: service.clientSecret },
        clientAuthentication: way,
        scope: "document:read",
      });
      expect((await verify((await tokens.get()).value())).payload.scope).toBe("document:read");
    },
  );

  test("the refresh client rotates its token", async () => {
    const first = await offline();
    const stored = memoryRefreshTokenStore(first.refresh_token);
    const tokens = refreshTokenSource({
      endpoint: `${service.url}/oauth2/token`,
      client: { id: "nightly", secret: service.clientSecret },
      refreshToken: stored,
    });
    const one = await tokens.get();
    const two = await tokens.renew(one);
    expect(two?.value()).not.toBe(one.value());
    const sessions = await Promise.all(
      [one, two].map(async (token) => (await verify(token?.value() ?? "")).payload.sid),
    );
    expect(sessions[0]).toBe(sessions[1]);
  });

  test.each([
    ["no JSON", "nonsense", "application/json", 400],
    ["JSON that is no object", "[]", "application/json", 400],
    ["null", "null", "application/json", 400],
    ["no password", '{"username":"nightly"}', "application/json", 400],
    ["a password that is no text", '{"username":"nightly","password":1}', "application/json", 400],
    ["a form", "username=nightly", "application/x-www-form-urlencoded", 415],
    ["a wrong password", '{"username":"nightly","password":"x"}', "application/json", 401],
    ["an unknown account", '{"username":"nobody","password":"x"}', "application/json", 401],
  ])("POST /token with %s: plain text and the status", async (_, body, type, status) => {
    const response = await fetch(`${service.url}/token`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("GET /token is refused with what is allowed; a client secret is no password", async () => {
    const response = await fetch(`${service.url}/token`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
    expect((await postToken({ username: "nightly", password: service.clientSecret })).status).toBe(401);
  });

  test.each<[string, Record<string, string> | string, number, string]>([
    ["no grant", {}, 400, "invalid_request"],
    ["another grant", { grant_type: "authorization_code" }, 400, "unsupported_grant_type"],
    [
      "a repeated field",
      "grant_type=client_credentials&grant_type=client_credentials",
      400,
      "invalid_request",
    ],
    ["no client", { grant_type: "client_credentials" }, 401, "invalid_client"],
    [
      "a wrong client",
      { grant_type: "client_credentials", client_id: "nightly", client_secret: "x" },
      401,
      "invalid_client",
    ],
    ["no refresh token", { grant_type: "refresh_token" }, 400, "invalid_request"],
  ])("POST /oauth2/token with %s", async (_, form, status, error) => {
    const response = await postForm(form);
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ error });
  });

  test("a client that fails with Basic is challenged; one in two ways, or with a scope it does not have, is refused", async () => {
    const authorization = `Basic ${btoa("nightly:wrong")}`;
    const wrong = await postForm({ grant_type: "client_credentials" }, { authorization });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="oauth2"']);
    const twice = await postForm({ grant_type: "client_credentials", ...client() }, { authorization });
    expect(await twice.json()).toMatchObject({ error: "invalid_request" });
    const more = await postForm({ grant_type: "client_credentials", scope: "platform:operate", ...client() });
    expect([more.status, await more.json()]).toEqual([
      400,
      expect.objectContaining({ error: "invalid_scope" }),
    ]);
  });

  test("a refresh token comes only when asked for; an access token may be narrower than it, never wider", async () => {
    const plain = await (await postForm({ grant_type: "client_credentials", ...client() })).json();
    expect(plain).not.toHaveProperty("refresh_token");
    const first = await offline();
    expect(first.scope).toBe("document:read document:write");
    const narrow = await fields(refresh(first.refresh_token, { scope: "document:read" }));
    expect(narrow.scope).toBe("document:read");
    const wide = await refresh(narrow.refresh_token ?? "", { scope: "document:read identity:read" });
    expect(await wide.json()).toMatchObject({ error: "invalid_scope" });
    // Refused for its scope, it was not used up; and it has what it had at first.
    expect((await fields(refresh(narrow.refresh_token ?? ""))).scope).toBe("document:read document:write");
  });

  test("a refresh token that comes twice revokes its session, and the good one with it", async () => {
    const first = await offline();
    const second = await fields(refresh(first.refresh_token));
    service.clock.advance(refreshGraceMs);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect(await (await refresh(second.refresh_token ?? "")).json()).toMatchObject({
      error: "invalid_grant",
    });
    const revocations = await service.store.read((tx) => tx.revocations.since({ after: 0, limit: 10 }));
    expect(revocations).toMatchObject([{ reason: "refresh_token_reused", target: { kind: "session" } }]);
    expect((await audit()).map(({ detail }) => detail)).toContain("refresh token reused");
  });

  const isRevoked = async () =>
    (await service.store.read((tx) => tx.revocations.since({ after: 0, limit: 10 }))).length > 0;

  test("a request that is repeated because its answer was lost gets another token, which takes the first one's place", async () => {
    const first = await offline();
    const lost = await fields(refresh(first.refresh_token));
    service.clock.advance(refreshGraceMs - 1);
    const second = await fields(refresh(first.refresh_token));
    const third = await fields(refresh(second.refresh_token ?? ""));
    expect((await verify(third.access_token ?? "")).payload.sid).toBeDefined();
    expect(await isRevoked()).toBe(false);
    expect((await audit()).map(({ detail }) => detail)).toEqual(["", "", "repeated", ""]);
    // Whoever has the answer after all, and uses it, is not the one who has the session.
    expect((await refresh(lost.refresh_token ?? "")).status).toBe(400);
    expect(await isRevoked()).toBe(true);
    expect((await refresh(third.refresh_token ?? "")).status).toBe(400);
  });

  test("repeating does not prolong the time to repeat in", async () => {
    const first = await offline();
    await refresh(first.refresh_token);
    service.clock.advance(refreshGraceMs / 2);
    expect((await refresh(first.refresh_token)).status).toBe(200);
    service.clock.advance(refreshGraceMs / 2);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect(await isRevoked()).toBe(true);
  });

  test("a refresh token that comes again after the new one was used revokes, however soon", async () => {
    const first = await offline();
    const second = await fields(refresh(first.refresh_token));
    const third = await fields(refresh(second.refresh_token ?? ""));
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect((await refresh(third.refresh_token ?? "")).status).toBe(400);
    expect(await isRevoked()).toBe(true);
  });

  test("of 6 that use one refresh token at once, on 2 replicas, one gets a token that goes on", async () => {
    const first = await offline();
    const other = await service.replica();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        fetch(`${index % 2 === 0 ? service.url : other.url}/oauth2/token`, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({
            grant_type: "refresh_token",
            refresh_token: first.refresh_token,
            ...client(),
          }),
        }),
      ),
    );
    // To the service they are one client that repeats itself.
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const tokens = await Promise.all(answers.map((answer) => fields(Promise.resolve(answer))));
    const rows = await Promise.all(
      tokens.map(({ refresh_token = "" }) =>
        service.db.read((tx) =>
          tx
            .selectFrom("refresh_tokens")
            .select("use_time")
            .where("token_id", "=", refresh_token.split(".", 1)[0] ?? "")
            .executeTakeFirst(),
        ),
      ),
    );
    expect(rows.filter((row) => row?.use_time === null)).toHaveLength(1);
  });

  test.each(["", "x", "x.y", "00000000-0000-7000-8000-000000000000.x"])(
    "the refresh token '%s' is refused",
    async (token) => {
      const { refresh_token: good } = await offline();
      expect((await refresh(token)).status).toBe(400);
      expect((await refresh(`${good}x`)).status).toBe(400);
      expect((await refresh(good)).status).toBe(200);
    },
  );

  test("a refresh token expires", async () => {
    const { refresh_token: token } = await offline();
    service.clock.advance(3_600_000);
    expect(await (await refresh(token)).json()).toMatchObject({ error: "invalid_grant" });
  });

  test.each(["nightly", "nobody"])(
    "5 wrong passwords for %s on two replicas: the sixth try waits, also with the right one",
    async (username) => {
      const other = await service.replica();
      for (let index = 0; index < 5; index++) {
        const url = index % 2 === 0 ? service.url : other.url;
        expect((await postToken({ username, password: "wrong" }, url)).status).toBe(401);
      }
      const blocked = await postToken({ username, password: service.password }, other.url);
      expect([blocked.status, blocked.headers.get("retry-after")]).toEqual([429, "300"]);
      service.clock.advance(300_000);
      expect((await postToken({ username, password: service.password })).status).toBe(
        username === "nightly" ? 200 : 401,
      );
      const entries = await audit();
      expect(JSON.stringify(entries)).not.toContain('wrong"');
      expect(entries.filter(({ detail }) => detail === "locked")).toHaveLength(
        username === "nightly" ? 1 : 0,
      );
    },
  );

  test("60 that sign in at once on 2 replicas, with a guesser among them, all get their token", async () => {
    const other = await service.replica();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const wrong = index === 30;
        const url = index % 2 === 0 ? service.url : other.url;
        return (await postToken({ username: "nightly", password: wrong ? "x" : service.password }, url))
          .status;
      }),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(59);
  });

  test("without its database the service says 503 and when to try again", async () => {
    await service.db.close();
    const json = await postToken({ username: "nightly", password: service.password });
    expect([json.status, json.headers.get("retry-after"), json.headers.get("content-type")]).toEqual([
      503,
      "1",
      "text/plain; charset=utf-8",
    ]);
    const form = await postForm({ grant_type: "client_credentials", ...client() });
    expect([form.status, await form.json()]).toEqual([
      503,
      expect.objectContaining({ error: "temporarily_unavailable" }),
    ]);
  });

  test("an address that guesses over many names is stopped", async () => {
    for (let index = 0; index < 30; index++) {
      expect((await postToken({ username: `name${index}`, password: "x" })).status).toBe(401);
    }
    expect((await postToken({ username: "nightly", password: service.password })).status).toBe(429);
  });

  test.each(["account", "partner"] as const)(
    "when the %s may not sign in, it is told nothing more than that",
    async (what) => {
      await service.store.change(async (tx) => {
        if (what === "account") {
          await tx.accounts.update({ ...service.account, state: "disabled" });
        } else {
          const partner = await tx.partners.find(service.account.partnerId);
          await tx.partners.update({ ...(partner as NonNullable<typeof partner>), state: "suspended" });
        }
      });
      expect((await postToken({ username: "nightly", password: service.password })).status).toBe(401);
    },
  );

  test("the metadata names the endpoints", async () => {
    for (const path of ["openid-configuration", "oauth-authorization-server"]) {
      expect(await (await fetch(`${service.url}/.well-known/${path}`)).json()).toMatchObject({
        issuer,
        token_endpoint: `${issuer}/oauth2/token`,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
      });
    }
  });

  test("a key is published before it signs and kept after; two replicas rotate once; no valid token is ever refused", async () => {
    const other = await service.replica();
    const kids = async () =>
      (
        ((await (await fetch(`${service.url}/.well-known/jwks.json`)).json()) as { keys: unknown }).keys as {
          kid: string;
          d?: string;
        }[]
      ).map((key) => {
        expect(key).not.toHaveProperty("d");
        return key.kid;
      });
    const before = decodeProtectedHeader(await signIn()).kid;
    expect(await kids()).toEqual([before]);
    service.clock.advance(rotationMs - publishAheadMs);
    await Promise.all([service.side.keepKeys(), other.side.keepKeys()]);
    const published = await kids();
    expect(published).toHaveLength(2);
    const last = await signIn();
    expect(decodeProtectedHeader(last).kid).toBe(before);
    service.clock.advance(publishAheadMs - 1);
    const late = await signIn();
    service.clock.advance(1);
    const after = await signIn();
    expect(decodeProtectedHeader(late).kid).toBe(before);
    expect(decodeProtectedHeader(after).kid).toBe(published.find((kid) => kid !== before));
    await Promise.all([verify(late), verify(after)]);
    await Promise.all([service.side.keepKeys(), other.side.keepKeys()]);
    service.clock.advance(accessTokenMs + 60_000);
    expect(await kids()).toEqual([decodeProtectedHeader(after).kid]);
    const events = await service.db.read((tx) =>
      tx.selectFrom("events").selectAll().where("partner_id", "=", "").execute(),
    );
    // The first key, the second, and the end of the first.
    expect(events).toHaveLength(3);
  });

  test("a compromised key leaves the set at once, and the new one signs", async () => {
    const old = await signIn();
    const request = { revokeCurrent: true, idempotencyKey: "k" };
    const actor = { partnerId: "p", accountId: "a" };
    const made = await service.side.signingKeys.rotate(actor, request);
    expect(made.state).toBe("active");
    expect((await service.side.signingKeys.rotate(actor, request)).keyId).toBe(made.keyId);
    await expect(verify(old)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
    await verify(await signIn());
    const listed = await service.side.signingKeys.list({ now: service.clock.wallNow(), limit: 10 });
    expect(listed.map(({ state }) => state).sort()).toEqual(["active", "revoked"]);
  });

  test("another algorithm takes over as any new key does, and tokens of the old one stay good", async () => {
    const before = await signIn();
    const other = await service.replica({ algorithm: "RS256" });
    const pending = await signIn();
    service.clock.advance(publishAheadMs);
    const after = await signIn();
    expect([before, pending, after].map((token) => decodeProtectedHeader(token).alg)).toEqual([
      "ES256",
      "ES256",
      "RS256",
    ]);
    await Promise.all([verify(pending, service.clock.wallNow() - publishAheadMs), verify(after)]);
    await other.side.keepKeys();
    expect(await service.side.signingKeys.list({ now: service.clock.wallNow(), limit: 10 })).toHaveLength(2);
  });

  test("a rotation is refused while another is under way", async () => {
    const actor = { partnerId: "p", accountId: "a" };
    expect(
      (await service.side.signingKeys.rotate(actor, { revokeCurrent: false, idempotencyKey: "1" })).state,
    ).toBe("pending");
    await expect(
      service.side.signingKeys.rotate(actor, { revokeCurrent: false, idempotencyKey: "2" }),
    ).rejects.toMatchObject({ code: "rotation_under_way" });
  });

  test("no private key is stored in clear, nor any secret", async () => {
    await offline();
    const rows = await service.db.read(async (tx) => [
      await tx.selectFrom("signing_keys").selectAll().execute(),
      await tx.selectFrom("secrets").selectAll().execute(),
      await tx.selectFrom("refresh_tokens").selectAll().execute(),
    ]);
    const text = JSON.stringify(rows, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    expect(text).not.toContain('\\"d\\"');
    expect(text).not.toContain(service.clientSecret);
  });
});
