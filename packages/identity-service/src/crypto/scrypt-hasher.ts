import { createHash, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { IdentityError } from "../domain/errors.ts";
import type { SecretHasher } from "../domain/ports.ts";

/** Options of `createScryptHasher`. */
export interface ScryptOptionsOfHasher {
  /** log2 of the cost N: memory is N · r · 128 bytes. Default 15, and r = 8, p = 3, as OWASP recommends: 32 MiB, about 0.2 s. */
  logN?: number;
  /** How many are computed at a time; each holds a thread of libuv's pool of 4. Default 3. */
  concurrency?: number;
  /** How many may wait; more are refused with `busy`. Default 64. */
  queue?: number;
}

const r = 8;
const hashBytes = 32;
const saltBytes = 16;

/**
 * scrypt (RFC 7914) in PHC form, `$scrypt$ln=15,r=8,p=3$salt$hash`: each hash says how it was made. The salt is made of the
 * owner's id, which is random and unlike every other: so one computation checks a value against all secrets of an owner, and an
 * account with ten of them costs a guesser, and us, as much as a name that nobody has.
 */
export function createScryptHasher(options: ScryptOptionsOfHasher = {}): SecretHasher {
  const parameters = { ln: options.logN ?? 15, r, p: 3 };
  const limit = limiter(options.concurrency ?? 3, options.queue ?? 64);
  return {
    async hash(value, owner) {
      const salt = createHash("sha256").update(`secrets of ${owner}`).digest().subarray(0, saltBytes);
      const hash = await limit(() => compute(value, salt, parameters));
      return `$scrypt$ln=${parameters.ln},r=${parameters.r},p=${parameters.p}$${base64(salt)}$${base64(hash)}`;
    },
    async match(value, hashes) {
      const parsed = hashes.map(parse);
      const computed = new Map<string, Promise<Buffer>>();
      for (const stored of parsed) {
        if (stored !== undefined && !computed.has(stored.way)) {
          computed.set(
            stored.way,
            limit(() => compute(value, stored.salt, stored)),
          );
        }
      }
      const actual = new Map(
        await Promise.all([...computed].map(async ([way, hash]) => [way, await hash] as const)),
      );
      let found: number | undefined;
      for (const [index, stored] of parsed.entries()) {
        const hash = stored && actual.get(stored.way);
        if (hash?.length === stored?.hash.length && hash && timingSafeEqual(hash, stored.hash)) {
          found = index;
        }
      }
      return found;
    },
  };
}

interface StoredHash {
  /** Parameters and salt: hashes of the same way need one computation. */
  readonly way: string;
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

function parse(stored: string): StoredHash | undefined {
  const match = /^(\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+))\$([\w+/]+)$/.exec(stored);
  if (match === null) {
    return undefined;
  }
  const [, way = "", ln, blocks, p, salt = "", hash = ""] = match;
  return {
    way,
    ln: Number(ln),
    r: Number(blocks),
    p: Number(p),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function compute(
  value: string,
  salt: Buffer,
  { ln, r, p }: { ln: number; r: number; p: number },
): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 ** ln * r * 128 * 2 };
  return new Promise((resolve, reject) => {
    // NFKC: the same password typed on another keyboard.
    scrypt(value.normalize("NFKC"), salt, hashBytes, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** Runs so many at a time and lets so many wait: guessing must not use up memory and threads. */
function limiter(concurrency: number, queue: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= concurrency) {
      if (waiting.length >= queue) {
        throw new IdentityError("busy", "too many credentials are being checked: try again later");
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await run();
    } finally {
      // Its place goes to the next in line, without being free in between.
      const next = waiting.shift();
      if (next === undefined) {
        running--;
      } else {
        next();
      }
    }
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
