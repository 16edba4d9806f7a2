import type { ImageFile, SourcePath } from "./image.ts";

const known = new WeakMap<ImageFile, ReadonlySet<string>>();

/**
 * The path itself if the source information of the file has a location for it, else the nearest above it that has one. buf gives
 * no line to a path that has none: so it is with the inside of an option that was written as one value.
 */
export function locate(file: ImageFile, path: SourcePath): SourcePath {
  let locations = known.get(file);
  if (locations === undefined) {
    locations = new Set(file.proto.sourceCodeInfo?.location.map((location) => location.path.join()));
    known.set(file, locations);
  }
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length);
    if (locations.has(prefix.join())) {
      return prefix;
    }
  }
  return [];
}
