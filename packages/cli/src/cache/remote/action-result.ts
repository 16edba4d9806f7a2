import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** The one output file of a result: our encoded entry. */
export interface StoredEntry {
  /** Names what the result is for. */
  readonly path: string;
  /** SHA-256 of the entry, hex: its name below `/cas/`. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  /** The entry itself where it is small, which saves a request; else it is in `/cas/`. */
  readonly contents: Uint8Array | undefined;
}

// Field numbers of build/bazel/remote/execution/v2/remote_execution.proto (bazelbuild/remote-apis).
const actionResult = { outputFiles: 2 } as const;
const outputFile = { path: 1, digest: 2, contents: 5 } as const;
const digest = { hash: 1, sizeBytes: 2 } as const;

/**
 * Encodes a `build.bazel.remote.execution.v2.ActionResult` with one output file. Servers that validate results
 * want a relative path and a digest, and, where there are no contents, the blob in their `/cas/` already.
 */
export function encodeActionResult({ path, hash, size, contents }: StoredEntry): Uint8Array {
  const file = new BinaryWriter();
  file.uint32((actionResult.outputFiles << 3) | WireType.LengthDelimited).fork();
  file.uint32((outputFile.path << 3) | WireType.LengthDelimited).string(path);
  file.uint32((outputFile.digest << 3) | WireType.LengthDelimited).fork();
  file.uint32((digest.hash << 3) | WireType.LengthDelimited).string(hash);
  file.uint32((digest.sizeBytes << 3) | WireType.Varint).int64(size);
  file.join();
  if (contents !== undefined) {
    file.uint32((outputFile.contents << 3) | WireType.LengthDelimited).bytes(contents);
  }
  return file.join().finish();
}

/**
 * Reads a result. Fields that are not ours are passed over: servers add some, such as the worker's name.
 * @returns undefined when the bytes are no such message, or one with anything but one output file
 */
export function decodeActionResult(bytes: Uint8Array): StoredEntry | undefined {
  try {
    const files = delimited(bytes).get(actionResult.outputFiles) ?? [];
    const fields = delimited(files[0] ?? new Uint8Array());
    const [path] = fields.get(outputFile.path) ?? [];
    const [name] = fields.get(outputFile.digest) ?? [];
    if (files.length !== 1 || path === undefined || name === undefined) {
      return undefined;
    }
    const { hash, size } = readDigest(name);
    return /^[0-9a-f]{64}$/.test(hash) && Number.isSafeInteger(size) && size > 0
      ? { path: Buffer.from(path).toString(), hash, size, contents: fields.get(outputFile.contents)?.[0] }
      : undefined;
  } catch {
    return undefined; // The reader throws on bytes that are no message.
  }
}

/** The length-delimited fields of a message by number. */
function delimited(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) {
      found.set(field, [...(found.get(field) ?? []), reader.bytes()]);
    } else {
      reader.skip(type, field);
    }
  }
  return found;
}

function readDigest(bytes: Uint8Array): { hash: string; size: number } {
  const reader = new BinaryReader(bytes);
  let hash = "";
  let size = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === digest.hash && type === WireType.LengthDelimited) {
      hash = reader.string();
    } else if (field === digest.sizeBytes && type === WireType.Varint) {
      size = Number(reader.int64());
    } else {
      reader.skip(type, field);
    }
  }
  return { hash, size };
}
