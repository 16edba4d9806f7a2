import { expect, test } from "vitest";
import { keyEncryptionKeys } from "./key-encryption-keys.ts";
import { createKeySealer } from "./key-sealer.ts";
import { createScryptHasher } from "./scrypt-hasher.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const secret = new TextEncoder().encode("a private key");

test("a sealed key opens again, and after the encryption key was changed", () => {
  const sealed = createKeySealer([key(1)]).seal(secret, "kid");
  expect(Buffer.from(sealed).includes(Buffer.from(secret))).toBe(false);
  expect(new Uint8Array(createKeySealer([key(1)]).open(sealed, "kid"))).toEqual(secret);
  expect(new Uint8Array(createKeySealer([key(2), key(1)]).open(sealed, "kid"))).toEqual(secret);
  expect(createKeySealer([key(1)]).seal(secret, "kid")).not.toEqual(sealed);
});

test("a sealed key does not open under another key or name, nor with any bit changed", () => {
  const sealer = createKeySealer([key(1)]);
  const sealed = sealer.seal(secret, "kid");
  const unreadable = expect.objectContaining({ code: "key_unreadable" });
  expect(() => createKeySealer([key(2)]).open(sealed, "kid")).toThrow(unreadable);
  expect(() => sealer.open(sealed, "other")).toThrow(unreadable);
  for (let index = 0; index < sealed.length; index++) {
    const changed = Uint8Array.from(sealed);
    changed[index] = (changed[index] as number) ^ 1;
    expect(() => sealer.open(changed, "kid")).toThrow(unreadable);
  }
});

const base64 = Buffer.from(key(3)).toString("base64");

test.each([
  ["one key", base64, [key(3)]],
  ["a new and an old one", `${Buffer.from(key(4)).toString("base64url")}, ${base64}`, [key(4), key(3)]],
])("IDENTITY_KEY_ENCRYPTION_KEY: %s", (_, value, keys) => {
  const settings = { value, environment: "production", host: "0.0.0.0", warn: () => expect.unreachable() };
  expect(keyEncryptionKeys(settings).map((each) => new Uint8Array(each))).toEqual(keys);
});

test.each([
  ["a short key", "c2hvcnQ=", "development", "127.0.0.1"],
  ["no base64", "?".repeat(44), "development", "127.0.0.1"],
  ["nothing, in production", undefined, "production", "127.0.0.1"],
  ["nothing, for other machines", undefined, "development", "0.0.0.0"],
  ["nothing, in production, empty", "", "production", "127.0.0.1"],
])("IDENTITY_KEY_ENCRYPTION_KEY is refused: %s", (_, value, environment, host) => {
  expect(() => keyEncryptionKeys({ value, environment, host, warn: () => undefined })).toThrow(
    expect.objectContaining({ code: "invalid_config" }),
  );
});

test("without IDENTITY_KEY_ENCRYPTION_KEY a developer is warned, and keeps the keys over a restart", () => {
  const warnings: string[] = [];
  const settings = {
    value: undefined,
    environment: undefined,
    host: "127.0.0.1",
    warn: (m: string) => warnings.push(m),
  };
  const sealed = createKeySealer(keyEncryptionKeys(settings)).seal(secret, "kid");
  expect(new Uint8Array(createKeySealer(keyEncryptionKeys(settings)).open(sealed, "kid"))).toEqual(secret);
  expect(warnings[0]).toContain("FOR DEVELOPMENT ONLY");
});

test("a hash is scrypt with OWASP's parameters, says so, and has its owner's own salt", async () => {
  const hasher = createScryptHasher();
  const [one, two] = [await hasher.hash("pässword", "a"), await hasher.hash("pässword", "b")];
  expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one.split("$")[3]).not.toBe(two.split("$")[3]);
  expect(one.split("$")[4]).not.toBe(two.split("$")[4]);
  expect(await hasher.match("pässword", [one])).toBe(0);
  expect(await hasher.match("pa\u0308ssword", [one])).toBe(0);
  expect(await hasher.match("Pässword", [one])).toBeUndefined();
});

test("ten hashes of one owner are checked in one computation", async () => {
  const values = Array.from({ length: 10 }, (_, index) => `value ${index}`);
  const many = createScryptHasher({ logN: 4 });
  const hashes = await Promise.all(values.map((value) => many.hash(value, "owner")));
  // A second computation at the same time would be one too many for it.
  const single = createScryptHasher({ logN: 4, concurrency: 1, queue: 0 });
  for (const [index, value] of values.entries()) {
    expect(await single.match(value, hashes)).toBe(index);
  }
  expect(await single.match("another", hashes)).toBeUndefined();
  const ofAnother = await many.hash("value 0", "another");
  await expect(single.match("value 0", [...hashes, ofAnother])).rejects.toMatchObject({ code: "busy" });
  expect(await many.match("value 0", [ofAnother, ...hashes.slice(1)])).toBe(0);
});

test("a hash of RFC 7914's test vector is understood, a malformed one matches nothing", async () => {
  // Section 12: scrypt("password", "NaCl", N=1024, r=8, p=16), the first 32 bytes.
  const salt = Buffer.from("NaCl").toString("base64").replace(/=/g, "");
  const hash = Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex");
  const hasher = createScryptHasher();
  const stored = `$scrypt$ln=10,r=8,p=16$${salt}$${hash.toString("base64").replace(/=/g, "")}`;
  expect(await hasher.match("password", ["password", stored])).toBe(1);
  expect(await hasher.match("passwore", [stored])).toBeUndefined();
  expect(await hasher.match("password", ["password"])).toBeUndefined();
});

test("so many are computed at a time, so many wait, more are refused as busy", async () => {
  const hasher = createScryptHasher({ logN: 4, concurrency: 1, queue: 2 });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash("x", "owner")));
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  expect(results[4]).toMatchObject({ reason: { code: "busy" } });
  await hasher.hash("x", "owner");
});
