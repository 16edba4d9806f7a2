import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate for 127.0.0.1 that vouches for itself, and its key, in PEM. Made anew: no key is kept in the repository. */
export function createSelfSigned(commonName: string): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const name = sequence(tag(0x31, sequence(objectId(0x55, 0x04, 0x03), tag(0x0c, Buffer.from(commonName)))));
  // subjectAltName: iPAddress 127.0.0.1.
  const alternative = sequence(
    objectId(0x55, 0x1d, 0x11),
    tag(0x04, sequence(tag(0x87, Buffer.from([127, 0, 0, 1])))),
  );
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(tag(0x17, Buffer.from("200101000000Z")), tag(0x17, Buffer.from("491231235959Z"))),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    tag(0xa3, sequence(alternative)),
  );
  const signature = sign("sha256", body, privateKey);
  const der = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const base64 = der.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
  };
}

/** A value of DER (X.690, section 8.1). */
function tag(type: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([type, ...head]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

function objectId(...bytes: number[]): Buffer {
  return tag(0x06, Buffer.from(bytes));
}
