import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { buildOrder } from "../graph/build-order.ts";
import type { ImageFile } from "./image.ts";

/** The compiled files of a workspace, or of the part of it that a run needs. */
export interface Image {
  readonly files: ReadonlyMap<string, ImageFile>;
  /** Files whose options of source retention are taken out; for the others `files` has the same bytes. */
  readonly stripped: ReadonlyMap<string, ImageFile>;
  /** What a file imports, in the order of its statements, also where the file is in no image. */
  readonly importsOf: (path: string) => readonly string[];
}

/** What one request asks for. */
export interface RequestContent {
  /** Import paths, in no particular order. */
  readonly generate: readonly string[];
  /** The files that the request's order starts from: see {@link requestOrder}. */
  readonly roots: readonly string[];
  readonly parameter: string;
}

/** Field numbers of google.protobuf.compiler.CodeGeneratorRequest. */
const Request = { fileToGenerate: 1, parameter: 2, protoFile: 15, sourceFileDescriptors: 17 } as const;

/**
 * Encodes the CodeGeneratorRequest that buf would send: the files to generate and all they import in image
 * order, files to generate without options of source retention, and with them in `source_file_descriptors`.
 * Returned in pieces, so that no descriptor is copied.
 */
export function encodeRequest(image: Image, { generate, roots, parameter }: RequestContent): Uint8Array[] {
  const wanted = new Set(generate);
  const files = requestOrder(image, generate, roots).flatMap((path): RequestFile[] => {
    const source = image.files.get(path)?.bytes;
    const stripped = wanted.has(path) ? image.stripped.get(path)?.bytes : undefined;
    return [{ path, isWanted: wanted.has(path), source, stripped }];
  });
  return encodeFiles(files, parameter);
}

/** A file of a request: wanted, or imported by one that is. */
export interface RequestFile {
  readonly path: string;
  readonly isWanted: boolean;
  /** `undefined` where the image does not have it. */
  readonly source: Uint8Array | undefined;
  /** Without options of source retention, where that differs. */
  readonly stripped: Uint8Array | undefined;
}

/** Encodes a CodeGeneratorRequest with these files, in this order, in pieces. */
export function encodeFiles(files: readonly RequestFile[], parameter: string): Uint8Array[] {
  const wanted = files.filter((file) => file.isWanted);
  const head = new BinaryWriter();
  for (const { path } of wanted) {
    head.tag(Request.fileToGenerate, WireType.LengthDelimited).string(path);
  }
  if (parameter !== "") {
    head.tag(Request.parameter, WireType.LengthDelimited).string(parameter);
  }
  const pieces: Uint8Array[] = [head.finish()];
  const add = (field: number, bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) {
      pieces.push(
        new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(bytes.length).finish(),
        bytes,
      );
    }
  };
  for (const { source, stripped } of files) {
    add(Request.protoFile, stripped ?? source);
  }
  for (const { source } of wanted) {
    add(Request.sourceFileDescriptors, source);
  }
  return pieces;
}

/**
 * The files to generate and all that they import, in buf's order: that of the roots, which are the files of the
 * request's directory, or all targets where the strategy is `all`. What is not asked for is left out.
 */
export function requestOrder(image: Image, generate: readonly string[], roots: readonly string[]): string[] {
  const closure = new Set(buildOrder(generate, image.importsOf));
  return buildOrder(roots, image.importsOf).filter((path) => closure.has(path));
}
