import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** Content that can be read from any byte on, as often as needed. */
export interface Content {
  readonly size: number;
  /** SHA-256. */
  readonly digest: Uint8Array<ArrayBuffer>;
  read(offset: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

const chunkBytes = 256 * 1024;

/** The content of a file, which must not change meanwhile. It is read twice: once for the digest. */
export async function fileContent(path: string): Promise<Content> {
  const { size } = await stat(path);
  const read = (start: number): AsyncIterable<Uint8Array<ArrayBuffer>> =>
    createReadStream(path, { start, highWaterMark: chunkBytes });
  const hash = createHash("sha256");
  for await (const chunk of read(0)) {
    hash.update(chunk);
  }
  return { size, digest: new Uint8Array(hash.digest()), read };
}

/** Bytes in memory. `pace` is awaited before each chunk. */
export function bytesContent(
  bytes: Uint8Array<ArrayBuffer>,
  { pace, step = chunkBytes }: { pace?: () => Promise<void>; step?: number } = {},
): Content {
  return {
    size: bytes.length,
    digest: new Uint8Array(createHash("sha256").update(bytes).digest()),
    async *read(offset) {
      for (let at = offset; at < bytes.length; at += step) {
        await pace?.();
        yield bytes.subarray(at, at + step);
      }
    },
  };
}
