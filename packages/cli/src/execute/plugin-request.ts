import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { buildOrder } from "../graph/build-order.ts";
import type { ImageFile } from "./image.ts";

/** The compiled files of a workspace, or of the part of it that a run needs. */
export interface Image {
  readonly files: ReadonlyMap<string, ImageFile>;
  /** Files whose options of source retention are taken out; for the others `files` has the same bytes. */
  readonly stripped: ReadonlyMap<string, ImageFile>;
  /** Position of each path in buf's order for the whole input, which a part must keep. */
  readonly position: (path: string) => number;
}

/** Field numbers of google.protobuf.compiler.CodeGeneratorRequest. */
const Request = { fileToGenerate: 1, parameter: 2, protoFile: 15, sourceFileDescriptors: 17 } as const;

/**
 * Encodes the CodeGeneratorRequest that buf would send: the files to generate and all they import in image
 * order, files to generate without options of source retention, and with them in `source_file_descriptors`.
 * Returned in pieces, so that no descriptor is copied.
 */
export function encodeRequest(image: Image, generate: readonly string[], parameter: string): Uint8Array[] {
  const wanted = new Set(generate);
  const closure = requestOrder(image, generate);
  const head = new BinaryWriter();
  for (const path of closure.filter((path) => wanted.has(path))) {
    head.tag(Request.fileToGenerate, WireType.LengthDelimited).string(path);
  }
  if (parameter !== "") {
    head.tag(Request.parameter, WireType.LengthDelimited).string(parameter);
  }
  const pieces: Uint8Array[] = [head.finish()];
  const add = (field: number, file: ImageFile | undefined) => {
    if (file !== undefined) {
      pieces.push(
        new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(file.bytes.length).finish(),
        file.bytes,
      );
    }
  };
  for (const path of closure) {
    add(
      Request.protoFile,
      (wanted.has(path) ? image.stripped.get(path) : undefined) ?? image.files.get(path),
    );
  }
  for (const path of closure.filter((path) => wanted.has(path))) {
    add(Request.sourceFileDescriptors, image.files.get(path));
  }
  return pieces;
}

/** The files to generate and all that they import, in the order of the image. */
export function requestOrder(image: Image, generate: readonly string[]): string[] {
  return buildOrder(generate, (path) => image.files.get(path)?.imports ?? []).sort(
    (a, b) => image.position(a) - image.position(b),
  );
}
