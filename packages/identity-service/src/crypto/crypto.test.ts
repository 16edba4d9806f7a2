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

test("a hash is scrypt with OWASP's parameters, says so, and differs each time", async () => {
  const hasher = createScryptHasher();
  const [one, two] = [await hasher.hash("pässword"), await hasher.hash("pässword")];
  expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await hasher.verify("pässword", one)).toBe(true);
  expect(await hasher.verify("pa\u0308ssword", one)).toBe(true);
  expect(await hasher.verify("Pässword", one)).toBe(false);
});

test("a hash of RFC 7914's test vector is understood, a malformed one matches nothing", async () => {
  // Section 12: scrypt("password", "NaCl", N=1024, r=8, p=16), the first 32 bytes.
  const salt = Buffer.from("NaCl").toString("base64").replace(/=/g, "");
  const hash = Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex");
  const hasher = createScryptHasher();
  const stored = `$scrypt$ln=10,r=8,p=16$${salt}$${hash.toString("base64").replace(/=/g, "")}`;
  expect(await hasher.verify("password", stored)).toBe(true);
  expect(await hasher.verify("passwore", stored)).toBe(false);
  expect(await hasher.verify("password", "password")).toBe(false);
});

test("so many are computed at a time, so many wait, more are refused as busy", async () => {
  const hasher = createScryptHasher({ logN: 4, concurrency: 1, queue: 2 });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash("x")));
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  expect(results[4]).toMatchObject({ reason: { code: "busy" } });
  await hasher.hash("x");
});
