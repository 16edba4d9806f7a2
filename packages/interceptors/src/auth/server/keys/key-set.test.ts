import { generateKeyPairSync } from "node:crypto";
import { createTokenSigner, type SigningAlgorithm } from "@wirehouse/testkit";
import { expect, it } from "vitest";
import { readKeySet } from "./key-set.ts";
import { localKeySet } from "./local-key-set.ts";

const jwk = (kid: string, algorithm: SigningAlgorithm = "ES256") => ({
  ...createTokenSigner(kid, algorithm).keySet.keys[0],
});
const without = (key: Record<string, unknown>, ...names: string[]) =>
  Object.fromEntries(Object.entries(key).filter(([name]) => !names.includes(name)));

const good = jwk("good");
const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
const privateJwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

it.each<[string, unknown]>([
  ["symmetric", { kty: "oct", k: "c2VjcmV0", kid: "bad", alg: "HS256" }],
  ["private", { ...privateJwk, kid: "bad" }],
  ["for encryption", { ...jwk("bad"), use: "enc" }],
  ["of another operation", { ...jwk("bad"), key_ops: ["encrypt"] }],
  ["of no operation", { ...jwk("bad"), key_ops: "verify" }],
  ["of an algorithm that its type cannot", { ...jwk("bad"), alg: "RS256" }],
  ["of a symmetric algorithm", { ...jwk("bad", "RS256"), alg: "HS256" }],
  ["of an unknown curve", { ...jwk("bad"), crv: "secp256k1" }],
  ["of another curve than it says", { ...jwk("bad"), crv: "P-384", alg: "ES384" }],
  ["not on its curve", { ...jwk("bad"), y: good.x }],
  ["too short", { ...small, kid: "bad" }],
  ["with an id that is no text", { ...jwk("bad"), kid: 7 }],
  ["a text", "bad"],
  ["null", null],
  ["a list", [[]]],
])("a key is left out, and the others stay: %s", async (_, bad) => {
  const set = await readKeySet({ keys: [bad, good] });
  expect(set.keys.map((key) => key.id)).toEqual(["good"]);
});

it.each<[SigningAlgorithm, string[]]>([
  ["RS256", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]],
  ["ES256", ["ES256"]],
  ["ES384", ["ES384"]],
  ["EdDSA", ["EdDSA", "Ed25519"]],
])("a key for %s verifies that; without `alg`, what its type can", async (algorithm, possible) => {
  const key = jwk("k", algorithm);
  const { keys } = await readKeySet({ keys: [key, without(key, "alg"), without(key, "alg", "use", "kid")] });
  expect(keys.map((one) => [...one.algorithms])).toEqual([[algorithm], possible, possible]);
});

it("tries keys with the same id, those for the algorithm only", async () => {
  const set = await readKeySet({ keys: [jwk("same"), jwk("same"), jwk("same", "RS256"), jwk("other")] });
  const found = set.find({ id: "same", algorithm: "ES256" });
  expect(found).toMatchObject({ kind: "found", keys: [{ id: "same" }, { id: "same" }] });
  expect(set.find({ id: "same", algorithm: "PS256" })).toEqual({ kind: "unknown" });
  expect(set.find({ id: undefined, algorithm: "ES256" })).toMatchObject({ keys: { length: 3 } });
});

it("tries four keys for one token at most", async () => {
  const four = ["a", "b", "c", "d"].map((id) => jwk(id));
  const query = { id: undefined, algorithm: "ES256" };
  expect((await readKeySet({ keys: four })).find(query)).toMatchObject({ keys: { length: 4 } });
  const five = await readKeySet({ keys: [...four, jwk("e")] });
  expect(five.find(query)).toEqual({ kind: "unknown" });
  expect(five.find({ ...query, id: "e" })).toMatchObject({ kind: "found" });
});

it("does not take a key without an id for one with it, nor a part of an id for the whole", async () => {
  const set = await readKeySet({ keys: [without(jwk(""), "kid"), jwk("ab")] });
  for (const id of ["", "a", "ab ", "AB", "__proto__", "undefined"]) {
    expect(set.find({ id, algorithm: "ES256" })).toEqual({ kind: "unknown" });
  }
});

it("a local set may change, and keys that stay are the same", async () => {
  let keySet = { keys: [good] };
  const source = localKeySet(() => keySet);
  const query = { id: "good", algorithm: "ES256" };
  const before = await source.find(query);
  expect(source.find(query)).toEqual(before);
  keySet = { keys: [jwk("new"), good] };
  const after = await source.find(query);
  expect(after.kind === "found" && before.kind === "found" && after.keys[0] === before.keys[0]).toBe(true);
  keySet = { keys: [] };
  expect(await source.find(query)).toEqual({ kind: "unknown" });
});

it("a local set that cannot be read makes no token a bad one", async () => {
  const broken = localKeySet(() => {
    throw new Error("no database");
  });
  expect(broken.find({ id: "a", algorithm: "ES256" })).toMatchObject({ kind: "unavailable" });
  const wrong = localKeySet({ keys: "none" } as never);
  expect(await wrong.find({ id: "a", algorithm: "ES256" })).toMatchObject({
    kind: "unavailable",
    cause: { code: "key_set_misbehaved" },
  });
});
