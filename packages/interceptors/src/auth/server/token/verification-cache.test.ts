import { createRandom, createTestClock, createTokenSigner } from "@wirehouse/testkit";
import { expect, it } from "vitest";
import { audience, goodClaims, issuer } from "../../../testing/gate-fixture.ts";
import { mutateToken } from "../../../testing/mutate-token.ts";
import type { KeySource } from "../keys/key-source.ts";
import { localKeySet } from "../keys/local-key-set.ts";
import { scopesOf } from "./read-claims.ts";
import { createVerificationCache, type VerificationCache } from "./verification-cache.ts";
import { createVerifier, type VerifyToken } from "./verify-token.ts";

const clock = createTestClock();
const signer = createTokenSigner();
const keys = localKeySet(signer.keySet);
const sign = (claims: Record<string, unknown> = {}) => signer.sign(goodClaims(clock.wallNow(), claims));

function verifier(cache: VerificationCache | undefined, source: KeySource = keys): VerifyToken {
  return createVerifier({
    algorithms: new Set(["ES256"]),
    type: "application/at+jwt",
    issuers: new Set([issuer]),
    audiences: new Set([audience]),
    toleranceMs: 5000,
    scopes: scopesOf,
    claims: (claims) => claims,
    keys: source,
    cache,
    wallNow: clock.wallNow,
  });
}

it("a token that was verified is answered at once, by the same principal", async () => {
  const verify = verifier(createVerificationCache());
  const token = sign();
  const first = verify(token);
  expect(first).toBeInstanceOf(Promise);
  const verification = await first;
  expect(verification.kind).toBe("verified");
  expect(verify(token)).toEqual(verification);
  expect(verify(token)).toHaveProperty("principal", (verification as { principal?: unknown }).principal);
});

it("with and without the cache the answers are the same", async () => {
  const random = createRandom(11);
  const cache = createVerificationCache({ maxEntries: 20 });
  const [cached, plain] = [verifier(cache), verifier(undefined)];
  const pool = Array.from({ length: 40 }, (_, i) =>
    sign({ jti: `${i}`, sub: `user-${i}`, exp: clock.wallNow() / 1000 + i * 30, scope: `s${i % 3}` }),
  );
  const kinds = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const good = pool[Math.floor(random() * pool.length)] ?? "";
    const token = random() < 0.2 ? mutateToken(good, random) : good;
    const [one, other] = [await cached(token), await plain(token)];
    expect({ token, answer: one }).toEqual({ token, answer: other });
    kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
    clock.advance(300);
  }
  expect(cache.size).toBeLessThanOrEqual(20);
  // Both answers were seen, many times.
  expect(kinds.get("verified")).toBeGreaterThan(500);
  expect(kinds.get("rejected")).toBeGreaterThan(500);
});

it("tokens that differ only in the signature, or only before it, are not mixed up (fast-jwt #588)", async () => {
  const verify = verifier(createVerificationCache());
  const [one, two] = [sign({ sub: "one" }), sign({ sub: "two" })];
  const [head, claims] = one.split(".");
  const signature = two.split(".")[2];
  await verify(one);
  await verify(two);
  expect(await verify(`${head}.${claims}.${signature}`)).toEqual({ kind: "rejected", reason: "signature" });
  expect(await verify(`${head}.${two.split(".")[1]}.${one.split(".")[2]}`)).toEqual({
    kind: "rejected",
    reason: "signature",
  });
  expect([await verify(one), await verify(two)]).toMatchObject([
    { principal: { subject: "one" } },
    { principal: { subject: "two" } },
  ]);
});

it("an entry ends with its token, by the tolerance", async () => {
  const cache = createVerificationCache();
  const verify = verifier(cache);
  const token = sign({ exp: clock.wallNow() / 1000 + 60 });
  await verify(token);
  clock.advance(64_999);
  expect(verify(token)).toMatchObject({ kind: "verified" });
  clock.advance(1);
  expect(await verify(token)).toEqual({ kind: "rejected", reason: "expired" });
  expect([cache.size, cache.bytes]).toEqual([0, 0]);
});

it("an entry ends with its key, and waits while nobody knows of it", async () => {
  let lookup: KeySource = keys;
  const cache = createVerificationCache();
  const verify = verifier(cache, { find: (query) => lookup.find(query) });
  const token = sign();
  await verify(token);
  lookup = { find: () => ({ kind: "unavailable", cause: "outage" }) };
  expect(await verify(token)).toEqual({ kind: "fault", cause: "outage" });
  lookup = keys;
  expect(verify(token)).toMatchObject({ kind: "verified" });
  // Another key under the same id is another key.
  lookup = localKeySet(createTokenSigner().keySet);
  expect(await verify(token)).toEqual({ kind: "rejected", reason: "signature" });
  expect(cache.size).toBe(0);
  lookup = keys;
  expect(await verify(token)).toMatchObject({ kind: "verified" });
  lookup = localKeySet({ keys: [] });
  expect(await verify(token)).toEqual({ kind: "rejected", reason: "key" });
  expect(cache.size).toBe(0);
});

it("what was refused is not remembered", async () => {
  const cache = createVerificationCache();
  const verify = verifier(cache);
  for (let i = 0; i < 100; i++) {
    await verify(mutateToken(sign({ exp: 1 }), createRandom(i)));
  }
  expect([cache.size, cache.bytes]).toEqual([0, 0]);
});

it("is bounded by entries and by bytes, and drops what was not used for the longest time", async () => {
  const entry = async (token: string) => {
    const answer = await verifier(undefined)(token);
    const lookup = await keys.find({ id: "test-key-1", algorithm: "ES256" });
    if (answer.kind !== "verified" || lookup.kind !== "found" || lookup.keys[0] === undefined) {
      throw new Error("the token of this test is not good");
    }
    return { keyId: undefined, algorithm: "ES256", key: lookup.keys[0], principal: answer.principal };
  };
  const one = await entry(sign());
  const byEntries = createVerificationCache({ maxEntries: 3 });
  for (const token of ["a", "b", "c"]) {
    byEntries.set(token, one);
  }
  byEntries.get("a");
  byEntries.set("d", one);
  expect(["a", "b", "c", "d"].filter((token) => byEntries.get(token) !== undefined)).toEqual(["a", "c", "d"]);

  const byBytes = createVerificationCache({ maxBytes: 1000 });
  for (let i = 0; i < 100; i++) {
    byBytes.set(`${i}`.padEnd(300, "x"), one);
    byBytes.set(`${i}`.padEnd(300, "x"), one);
    expect(byBytes.bytes).toBe(byBytes.size * 300);
    expect(byBytes.bytes).toBeLessThanOrEqual(1000);
  }
  byBytes.set("y".repeat(2000), one);
  expect([byBytes.size, byBytes.bytes]).toEqual([0, 0]);
});
