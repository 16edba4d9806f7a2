import { CodeGeneratorResponse_Feature } from "@bufbuild/protobuf/wkt";
import type { ImageFile } from "./image.ts";

/** What a CodeGeneratorResponse says of editions. */
export interface EditionSupport {
  readonly supportedFeatures: bigint;
  readonly minimumEdition: number;
  readonly maximumEdition: number;
}

/**
 * Why a plugin's answer for some files is not to be used, as buf and protoc judge it: it does not declare that
 * it supports editions, or not the edition of a file. `undefined` where it may be used.
 */
export function unsupportedEdition(support: EditionSupport, files: Iterable<ImageFile>): string | undefined {
  const supportsEditions =
    (support.supportedFeatures & BigInt(CodeGeneratorResponse_Feature.SUPPORTS_EDITIONS)) !== 0n;
  for (const { path, edition } of files) {
    if (edition === undefined) {
      continue;
    }
    if (!supportsEditions) {
      return `does not support editions, which ${path} uses`;
    }
    if (edition < support.minimumEdition || edition > support.maximumEdition) {
      return `does not support edition ${edition}, which ${path} uses: it supports ${support.minimumEdition} to ${support.maximumEdition}`;
    }
  }
  return undefined;
}
