import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
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

/** scrypt (RFC 7914) in PHC form, `$scrypt$ln=15,r=8,p=3$salt$hash`: each hash says how it was made. */
export function createScryptHasher(options: ScryptOptionsOfHasher = {}): SecretHasher {
  const parameters = { ln: options.logN ?? 15, r, p: 3 };
  const limit = limiter(options.concurrency ?? 3, options.queue ?? 64);
  return {
    async hash(value) {
      const salt = randomBytes(saltBytes);
      const hash = await limit(() => compute(value, salt, parameters));
      return `$scrypt$ln=${parameters.ln},r=${parameters.r},p=${parameters.p}$${base64(salt)}$${base64(hash)}`;
    },
    async verify(value, stored) {
      const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
      if (match === null) {
        return false;
      }
      const [ln, blocks, p] = match.slice(1, 4).map(Number) as [number, number, number];
      const expected = Buffer.from(match[5] as string, "base64");
      const salt = Buffer.from(match[4] as string, "base64");
      const actual = await limit(() => compute(value, salt, { ln, r: blocks, p }));
      return actual.length === expected.length && timingSafeEqual(actual, expected);
    },
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
