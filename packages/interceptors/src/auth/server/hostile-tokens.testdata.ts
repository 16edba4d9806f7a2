import { createHmac, createPublicKey, createSign, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { createTokenSigner, type TokenSigner } from "@wirehouse/testkit";
import { audience, goodClaims, issuer } from "../../testing/gate-fixture.ts";

/** A token that no gate may accept. */
export interface HostileToken {
  /** What is tried, after the weaknesses that verifiers have had. */
  readonly category: string;
  readonly name: string;
  /** What stands after "Bearer ". */
  readonly token: string;
}

/** Keys that a hostile token may be signed with: the issuer's own, and one of the attacker. */
export interface HostileKeys {
  readonly issuerSigner: TokenSigner;
  readonly rsaSigner: TokenSigner;
}

const attacker = createTokenSigner("attacker");
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const text = (value: string | Buffer): string => Buffer.from(value).toString("base64url");

/** All hostile tokens for a gate that accepts ES256 and RS256 from the two signers. Every token is distinct. */
export function hostileTokens({ issuerSigner, rsaSigner }: HostileKeys, wallNow: number): HostileToken[] {
  const claims = (more: Record<string, unknown> = {}) => goodClaims(wallNow, more);
  const signed = (more?: Record<string, unknown>, header?: Record<string, unknown>): string =>
    issuerSigner.sign(claims(more), header);
  const good = signed();
  const [head = "", payload = "", signature = ""] = good.split(".");
  const header = { alg: "ES256", typ: "at+jwt", kid: "test-key-1" };
  const [jwk, rsaJwk] = [issuerSigner.keySet.keys[0] ?? {}, rsaSigner.keySet.keys[0] ?? {}];
  const seconds = Math.floor(wallNow / 1000);
  const tokens: HostileToken[] = [];
  const add = (category: string, name: string, token: string): void => {
    tokens.push({ category, name, token });
  };

  // Algorithm confusion (CVE-2015-9235, CVE-2026-22817): the public key as a shared secret, in every form it comes in.
  for (const [type, key] of [
    ["EC", jwk],
    ["RSA", rsaJwk],
  ] as const) {
    const publicKey = createPublicKey({ key: key as JsonWebKey, format: "jwk" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const secrets: [string, string | Buffer][] = [
      ["PEM", pem],
      ["PEM without its last line end", pem.trimEnd()],
      ["base64 of the PEM", pem.replace(/-.*-|\n/g, "")],
      ["DER", publicKey.export({ type: "spki", format: "der" })],
      ["JWK", JSON.stringify(key)],
      ["JWK without its id", JSON.stringify(publicKey.export({ format: "jwk" }))],
      ["x", Buffer.from(String(key.x ?? key.n), "base64url")],
      ["kid", String(key.kid)],
      ["nothing", ""],
    ];
    for (const [form, secret] of secrets) {
      for (const [alg, hash] of [
        ["HS256", "sha256"],
        ["HS384", "sha384"],
        ["HS512", "sha512"],
        ["ES256", "sha512"],
      ] as const) {
        const input = `${encode({ ...header, alg, kid: key.kid })}.${payload}`;
        const mac = createHmac(hash, secret).update(input).digest("base64url");
        add("algorithm confusion", `${type} ${form} as secret, ${alg}`, `${input}.${mac}`);
      }
    }
  }
  for (const alg of [
    "RS256",
    "PS256",
    "RS384",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ML-DSA-44",
  ]) {
    add("algorithm confusion", `the header says ${alg}`, signed({}, { alg }));
    add("algorithm confusion", `${alg} with the RSA key's id`, signed({}, { alg, kid: rsaJwk.kid }));
  }

  // No algorithm.
  for (const alg of [
    "none",
    "None",
    "NONE",
    "nOnE",
    "none ",
    " none",
    "non\u0435",
    "",
    "es256",
    "ES256 ",
    "HS256",
    "HS1",
    "A128KW",
    "RSA-OAEP",
    "dir",
  ]) {
    for (const [form, end] of [
      ["without signature", ""],
      ["with one", signature],
      ["with a short one", "AA"],
    ] as const) {
      add(
        "no or unknown algorithm",
        `${JSON.stringify(alg)} ${form}`,
        `${encode({ ...header, alg })}.${payload}.${end}`,
      );
    }
  }
  for (const alg of [null, 0, 256, true, ["ES256"], { name: "ES256" }, undefined]) {
    add("no or unknown algorithm", `alg is ${JSON.stringify(alg)}`, signed({}, { alg }));
  }
  add(
    "no or unknown algorithm",
    "alg by __proto__",
    issuerSigner.signText(
      `${text('{"__proto__":{"alg":"ES256"},"typ":"at+jwt","kid":"test-key-1"}')}.${payload}`,
    ),
  );

  // Headers that must be understood (CVE-2025-59420), or that bring a key along (CVE-2018-0114).
  for (const crit of [["b64"], ["exp"], ["unknown"], [], ["alg"], ["crit"], "b64", null, {}, [""], [1]]) {
    add("crit", `crit is ${JSON.stringify(crit)}`, signed({}, { crit }));
    add("crit", `crit is ${JSON.stringify(crit)}, b64 false`, signed({}, { crit, b64: false }));
  }
  for (const b64 of [true, false, null, "false"]) {
    add("crit", `b64 is ${JSON.stringify(b64)} without crit`, signed({}, { b64 }));
  }
  const bringing: Record<string, unknown>[] = [
    { jwk: attacker.keySet.keys[0] },
    { jku: "https://evil.example.com/jwks" },
    { jku: `${issuer}/jwks@evil.example.com` },
    { jku: "http://127.0.0.1:1/" },
    { x5u: "https://evil.example.com/chain.pem" },
    { x5c: ["MIIB"] },
    { jwk: attacker.keySet.keys[0], kid: "attacker" },
    { jwk: null },
    { jku: null },
  ];
  for (const more of bringing) {
    add(
      "brings its key",
      `attacker's signature, ${Object.keys(more).join()} ${JSON.stringify(more).slice(0, 60)}`,
      attacker.sign(claims(), { kid: "test-key-1", ...more }),
    );
    add(
      "brings its key",
      `right signature, ${Object.keys(more).join()} ${JSON.stringify(more).slice(0, 60)}`,
      signed({}, more),
    );
  }

  // Key ids: unknown, or written as an attack on whatever looks the key up.
  const ids = [
    "attacker",
    "test-key-2",
    "TEST-KEY-1",
    "test-key-1 ",
    "test-key",
    "",
    "*",
    "../test-key-1",
    "/dev/null",
    "' OR '1'='1",
    "test-key-1\u0000",
    "__proto__",
    "constructor",
    "toString",
    "k".repeat(4000),
    "\u{1F511}",
  ];
  for (const kid of ids) {
    add("key id", `right signature, kid ${JSON.stringify(kid.slice(0, 40))}`, signed({}, { kid }));
    add(
      "key id",
      `attacker's signature, kid ${JSON.stringify(kid.slice(0, 40))}`,
      attacker.sign(claims({ kid }), { kid }),
    );
  }
  for (const kid of [null, 1, true, ["test-key-1"], { id: "test-key-1" }]) {
    add("key id", `kid is ${JSON.stringify(kid)}`, signed({}, { kid }));
  }
  add("key id", "attacker's key under the issuer's id", attacker.sign(claims(), { kid: "test-key-1" }));
  add("key id", "attacker's key without an id", attacker.sign(claims(), { kid: undefined }));
  add("key id", "an RSA key's id with the EC key's signature", signed({}, { kid: rsaJwk.kid }));

  // Types: tokens of another kind from the same issuer (RFC 8725, section 3.11).
  for (const typ of [
    "JWT",
    "jwt",
    "id+jwt",
    "logout+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "application/jwt",
    "at+jwt ",
    "at-jwt",
    "x/at+jwt",
    "",
    "at+jwt;v=1",
    null,
    1,
    ["at+jwt"],
    undefined,
  ]) {
    add("type", `typ is ${JSON.stringify(typ)}`, signed({}, { typ }));
  }

  // Claims.
  for (const iss of [
    undefined,
    null,
    "",
    1,
    [issuer],
    `${issuer}/`,
    issuer.toUpperCase(),
    "https://evil.example.com",
    `${issuer}.evil.example.com`,
    { url: issuer },
    ` ${issuer}`,
  ]) {
    add("issuer", `iss is ${JSON.stringify(iss)}`, signed({ iss }));
  }
  for (const aud of [
    undefined,
    null,
    "",
    [],
    1,
    {},
    [[audience]],
    [audience, 1],
    "https://other.example.com",
    ["https://other.example.com"],
    `${audience}/`,
    audience.toUpperCase(),
    audience.slice(0, -1),
    { [audience]: true },
    [null],
    "*",
  ]) {
    add("audience", `aud is ${JSON.stringify(aud)}`, signed({ aud }));
  }
  for (const sub of [undefined, null, "", 0, 1, true, ["ada"], { name: "ada" }]) {
    add("subject", `sub is ${JSON.stringify(sub)}`, signed({ sub }));
  }
  for (const exp of [
    undefined,
    null,
    "",
    "never",
    true,
    [],
    {},
    String(seconds + 3600),
    [seconds + 3600],
    0,
    -1,
    1,
    seconds - 6,
    seconds - 5,
    seconds - 3600,
    -1e300,
    1e300,
    8.64e15,
  ]) {
    add("expiry", `exp is ${JSON.stringify(exp)}`, signed({ exp }));
  }
  add(
    "expiry",
    "exp is 1e999",
    issuerSigner.signText(
      `${head}.${text(JSON.stringify(claims({ exp: 77 })).replace('"exp":77', '"exp":1e999'))}`,
    ),
  );
  add(
    "expiry",
    "exp twice, the last one past",
    issuerSigner.signText(`${head}.${text(`${JSON.stringify(claims()).slice(0, -1)},"exp":1}`)}`),
  );
  for (const nbf of [
    seconds + 6,
    seconds + 3600,
    8.64e12,
    1e300,
    -1,
    null,
    "",
    "0",
    String(seconds),
    true,
    [],
    {},
  ]) {
    add("not yet valid", `nbf is ${JSON.stringify(nbf)}`, signed({ nbf }));
    add("not yet valid", `iat is ${JSON.stringify(nbf)}`, signed({ iat: nbf }));
  }
  for (const value of [1, null, true, {}, ["a"]]) {
    add("wrong primitives", `jti is ${JSON.stringify(value)}`, signed({ jti: value }));
    add("wrong primitives", `scope is ${JSON.stringify(value)}`, signed({ scope: value }));
  }

  // Bytes: each token must have one form only (Wycheproof: base64url, CVE-2022-21449 for the zero signature).
  const parts = [head, payload, signature];
  const altered = (index: number, change: (part: string) => string): string =>
    parts.map((part, at) => (at === index ? change(part) : part)).join(".");
  // The last character of 64 bytes in base64url has four bits that mean nothing.
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const nextLetter = (part: string): string =>
    part.slice(0, -1) + last[(last.indexOf(part.at(-1) ?? "") + 1) % 64];
  for (const index of [0, 1, 2]) {
    const where = ["header", "claims", "signature"][index];
    const changes: [string, (part: string) => string][] = [
      ["padded with =", (part) => `${part}=`],
      ["padded with ==", (part) => `${part}==`],
      ["one more letter", (part) => `${part}A`],
      ["one letter less", (part) => part.slice(0, -1)],
      ["half of it", (part) => part.slice(0, part.length / 2)],
      ["nothing", () => ""],
      ["unused bits set", nextLetter],
      ["a dot inside", (part) => `${part.slice(0, 4)}.${part.slice(4)}`],
      ["the alphabet of base64", (part) => `${part.slice(0, -2)}+/`],
      ["a tab inside", (part) => `${part.slice(0, 4)}\t${part.slice(4)}`],
      ["a space inside", (part) => `${part.slice(0, 4)} ${part.slice(4)}`],
      ["a comma inside", (part) => `${part.slice(0, 4)},${part.slice(4)}`],
      ["a letter that is none", (part) => `${part.slice(0, 4)}!${part.slice(4)}`],
      ["a letter of Latin-1", (part) => `${part}\u00e9`],
      ["percent-encoded", (part) => `${part.slice(0, -1)}%41`],
      ["first letter changed", (part) => `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`],
      [
        "middle letter changed",
        (part) => `${part.slice(0, 20)}${part[20] === "A" ? "B" : "A"}${part.slice(21)}`,
      ],
      ["reversed", (part) => [...part].reverse().join("")],
      ["twice", (part) => part + part],
    ];
    for (const [name, change] of changes) {
      add("altered bytes", `${where}: ${name}`, altered(index, change));
    }
  }
  const zeros = Buffer.alloc(32);
  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
  const half = (at: number): Buffer => Buffer.from(signature, "base64url").subarray(at, at + 32);
  const pairs: [string, Buffer[]][] = [
    ["r and s are 0", [zeros, zeros]],
    ["r is 0", [zeros, half(32)]],
    ["s is 0", [half(0), zeros]],
    ["r and s are the order", [order, order]],
    ["r is the order", [order, half(32)]],
    ["r and s are the greatest numbers", [Buffer.alloc(64, 0xff)]],
    [
      "r and s are 1",
      [
        Buffer.concat([zeros.subarray(1), Buffer.from([1])]),
        Buffer.concat([zeros.subarray(1), Buffer.from([1])]),
      ],
    ],
    ["r and s swapped", [half(32), half(0)]],
    ["a zero byte before each", [Buffer.from([0]), half(0), Buffer.from([0]), half(32)]],
    ["bytes after it", [half(0), half(32), Buffer.from([0, 0])]],
    ["of 96 bytes", [half(0), half(32), half(0)]],
    ["of one byte", [Buffer.from([1])]],
    ["of 4,000 bytes", [Buffer.alloc(4000, 1)]],
  ];
  for (const [name, buffers] of pairs) {
    add("signature", name, `${head}.${payload}.${Buffer.concat(buffers).toString("base64url")}`);
  }
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const der = createSign("sha256").update(`${head}.${payload}`).sign(other);
  add("signature", "DER of another key", `${head}.${payload}.${der.toString("base64url")}`);
  add("signature", "of another token", `${head}.${payload}.${signed({ jti: "other" }).split(".")[2]}`);
  add("signature", "of other claims", `${head}.${encode(claims({ sub: "root" }))}.${signature}`);
  add("signature", "of another header", `${encode({ ...header, x: 1 })}.${payload}.${signature}`);
  add("signature", "of the RSA key", rsaSigner.sign(claims(), { alg: "ES256", kid: "test-key-1" }));

  // Not a JWT of ours at all: shapes, encodings, JSON.
  const shapes: [string, string][] = [
    ["empty parts", ".."],
    ["one part", head],
    ["two parts", `${head}.${payload}`],
    ["four parts", `${good}.${signature}`],
    ["five parts, as an encrypted one", `${encode({ alg: "dir", enc: "A128GCM" })}..AAAA.AAAA.AAAA`],
    ["a dot at the end", `${good}.`],
    ["a dot at the start", `.${good}`],
    ["a token in quotes", `"${good}"`],
    ["two tokens", `${good} ${good}`],
    ["two tokens and a comma", `${good},${good}`],
    ["JSON serialization", JSON.stringify({ payload, protected: head, signature })],
    ["flattened JSON in base64url", encode({ payload, protected: head, signature })],
    ["the scheme twice", `Bearer ${good}`],
    ["100,000 letters", `${head}.${"A".repeat(100_000)}.${signature}`],
    ["100,000 dots", ".".repeat(100_000)],
    ["20,000 letters of claims, signed", signed({ note: "x".repeat(20_000) })],
    [
      "a header nested 5,000 deep",
      `${text(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`)}.${payload}.${signature}`,
    ],
    [
      "a token inside of a token",
      issuerSigner.signText(`${encode({ ...header, cty: "JWT" })}.${text(good)}`),
    ],
  ];
  for (const [name, token] of shapes) {
    add("shape", name, token);
  }
  const badJson: [string, string | Buffer][] = [
    ["a list", "[]"],
    ["a text", '"ES256"'],
    ["null", "null"],
    ["a number", "1"],
    ["true", "true"],
    ["nothing", " "],
    ["half an object", '{"alg":"ES256"'],
    ["something after the object", '{"alg":"ES256"}x'],
    ["single quotes", "{'alg':'ES256'}"],
    ["a comment", '{"alg":"ES256"/**/}'],
    ["a comma at the end", '{"alg":"ES256",}'],
    ["not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ["half a surrogate", Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ["an overlong slash", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    [
      "a byte order mark",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(claims()))]),
    ],
    ["UTF-16", Buffer.from(JSON.stringify(claims()), "utf16le")],
    ["a deep list", "[".repeat(6000) + "]".repeat(6000)],
    ["a deep list without end", "[".repeat(6000)],
  ];
  for (const [name, json] of badJson) {
    add("not a JSON object", `header: ${name}`, issuerSigner.signText(`${text(json)}.${payload}`));
    add(
      "not a JSON object",
      `claims, rightly signed: ${name}`,
      issuerSigner.signText(`${head}.${text(json)}`),
    );
  }
  return tokens;
}
