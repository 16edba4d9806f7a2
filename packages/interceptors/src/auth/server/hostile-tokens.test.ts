import { Code, ConnectError } from "@connectrpc/connect";
import { createRandom, createTestClock, createTokenSigner } from "@wirehouse/testkit";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { audience, callContext, createGate, goodClaims, issuer } from "../../testing/gate-fixture.ts";
import { mutateToken, normalSpelling } from "../../testing/mutate-token.ts";
import { hostileTokens } from "./hostile-tokens.testdata.ts";
import { localKeySet } from "./keys/local-key-set.ts";

const clock = createTestClock();
const issuerSigner = createTokenSigner();
const rsaSigner = createTokenSigner("rsa-key", "RS256");
const keySet = { keys: [...issuerSigner.keySet.keys, ...rsaSigner.keySet.keys] };
const { gate } = createGate({ clock, keys: localKeySet(keySet), algorithms: ["ES256", "RS256"] });
const tokens = hostileTokens({ issuerSigner, rsaSigner }, clock.wallNow());
const ask = (token: string) =>
  (async () => gate.requestGate(callContext(`Bearer ${token}`)))().then(
    () => undefined,
    (error: unknown) => error,
  );

it("there are at least 300 hostile tokens, all distinct", () => {
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(tokens.length);
  expect(tokens.length).toBeGreaterThanOrEqual(300);
});

describe.each([...new Set(tokens.map(({ category }) => category))])("hostile: %s", (category) => {
  const cases = tokens.filter((one) => one.category === category);
  it.each(cases)("$name", async ({ token }) => {
    // Twice: what was refused once must not be remembered as anything else.
    for (const error of [await ask(token), await ask(token)]) {
      expect(error).toBeInstanceOf(ConnectError);
      expect((error as ConnectError).code).toBe(Code.Unauthenticated);
      expect((error as ConnectError).metadata.get("www-authenticate")).toMatch(
        /^Bearer realm="[^"]*", error="invalid_(token|request)"/,
      );
    }
  });
});

it("the tokens that they were made of are good", async () => {
  expect(await ask(issuerSigner.sign(goodClaims(clock.wallNow())))).toBeUndefined();
  expect(await ask(rsaSigner.sign(goodClaims(clock.wallNow())))).toBeUndefined();
});

it("2,000 mutated tokens: none is accepted that jose refuses, and none by accident", async () => {
  const random = createRandom(5);
  const good = [
    issuerSigner.sign(goodClaims(clock.wallNow())),
    rsaSigner.sign(goodClaims(clock.wallNow(), { scope: "a b" })),
  ];
  const josesKeys = createLocalJWKSet(keySet as JSONWebKeySet);
  const codes = new Set<Code | undefined>();
  for (let i = 0; i < 2000; i++) {
    const original = good[i % good.length] ?? "";
    const token = mutateToken(original, random);
    const error = await ask(token);
    codes.add(error === undefined ? undefined : ConnectError.from(error).code);
    if (error === undefined) {
      // Spaces around a token belong to the header (RFC 9110, section 11.4), not to the token.
      expect(token.trim()).toBe(original);
    }
    // jose accepts other spellings of the same bytes: the gate is the stricter one.
    if (i % 10 === 0 && error !== undefined && normalSpelling(token) !== original) {
      const rules = {
        issuer,
        audience,
        algorithms: ["ES256", "RS256"],
        typ: "at+jwt",
        currentDate: new Date(clock.wallNow()),
      };
      const accepted = await jwtVerify(token, josesKeys, rules).then(
        () => true,
        () => false,
      );
      expect({ token, accepted }).toEqual({ token, accepted: false });
    }
  }
  expect([...codes].filter((code) => code !== undefined && code !== Code.Unauthenticated)).toEqual([]);
});

it("what the gate accepts, jose accepts", async () => {
  const josesKeys = createLocalJWKSet(keySet as JSONWebKeySet);
  for (let i = 0; i < 200; i++) {
    const token = (i % 2 === 0 ? issuerSigner : rsaSigner).sign(goodClaims(clock.wallNow(), { jti: `${i}` }));
    expect(await ask(token)).toBeUndefined();
    expect((await compactVerify(token, josesKeys)).protectedHeader.typ).toBe("at+jwt");
  }
});
