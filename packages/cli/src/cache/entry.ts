import { hash } from "node:crypto";

/** An output of a unit: its path below the plugin's output folder, and its bytes. */
export interface OutputFile {
  readonly name: string;
  /** SHA-256 of the content, hex. */
  readonly digest: string;
  readonly content: Uint8Array;
}

const magic = "wirehouse cache 1\n";
const headLength = magic.length + 64 + 1 + 8 + 1;

/**
 * One cache entry as bytes: a line of magic, the digest and length of a JSON index, the index, and the
 * contents one after the other. Every byte is covered by a digest, so that damage shows when it is read.
 */
export function encodeEntry(files: readonly OutputFile[]): Uint8Array {
  const index = JSON.stringify(files.map(({ name, digest, content }) => [name, digest, content.length]));
  const indexBytes = Buffer.from(index);
  return Buffer.concat([Buffer.from(headOf(indexBytes)), indexBytes, ...files.map((file) => file.content)]);
}

function headOf(index: Uint8Array): string {
  return `${magic}${hash("sha256", index)} ${index.length.toString(16).padStart(8, "0")}\n`;
}

/** @returns undefined when any byte of it is not what was written */
export function decodeEntry(bytes: Uint8Array): OutputFile[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = buffer.toString("latin1", 0, headLength);
  if (!head.startsWith(magic)) {
    return undefined;
  }
  const length = Number.parseInt(head.slice(magic.length + 65), 16);
  const indexBytes = buffer.subarray(headLength, headLength + length);
  if (head !== headOf(indexBytes)) {
    return undefined;
  }
  const index = JSON.parse(indexBytes.toString()) as [name: string, digest: string, size: number][];
  let offset = headLength + length;
  const files = index.map(([name, digest, size]) => {
    const content = buffer.subarray(offset, offset + size);
    offset += size;
    return { name, digest, content };
  });
  const intact =
    offset === buffer.length && files.every((file) => hash("sha256", file.content) === file.digest);
  return intact ? files : undefined;
}
