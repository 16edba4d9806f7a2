import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** One FileDescriptorProto of an image, still encoded: most are only passed on. */
export interface ImageFile {
  readonly path: string;
  /** What it imports, in the order of its statements: those for options alone come last in a file. */
  readonly imports: readonly string[];
  /** Number of its edition; `undefined` for proto2 and proto3. */
  readonly edition: number | undefined;
  readonly bytes: Uint8Array;
}

/** Field numbers of google/protobuf/descriptor.proto. */
const FileDescriptorSet_file = 1;
const FileDescriptorProto_name = 1;
const FileDescriptorProto_dependency = 3;
const FileDescriptorProto_edition = 14;
const FileDescriptorProto_option_dependency = 15;

/**
 * Splits an encoded FileDescriptorSet into its files without decoding them: only names and dependencies are
 * read. The files share the memory of `bytes`.
 */
export function splitImage(bytes: Uint8Array): Map<string, ImageFile> {
  const files = new Map<string, ImageFile>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FileDescriptorSet_file && wireType === WireType.LengthDelimited) {
      const file = readImageFile(reader.bytes());
      files.set(file.path, file);
    } else {
      reader.skip(wireType, field);
    }
  }
  return files;
}

/** Reads the name and the dependencies of an encoded FileDescriptorProto. */
export function readImageFile(bytes: Uint8Array): ImageFile {
  let path = "";
  const imports: string[] = [];
  const optionImports: string[] = [];
  let edition: number | undefined;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FileDescriptorProto_name) {
      path = reader.string();
    } else if (field === FileDescriptorProto_dependency) {
      imports.push(reader.string());
    } else if (field === FileDescriptorProto_edition) {
      edition = reader.int32();
    } else if (field === FileDescriptorProto_option_dependency) {
      optionImports.push(reader.string());
    } else {
      reader.skip(wireType, field);
    }
  }
  return { path, imports: [...imports, ...optionImports], edition, bytes };
}
