import type { Image, ImageFile } from "./image.ts";

/** A file that an import brings: the one it names, and those that this one imports publicly, at any depth. */
export interface VisibleFile {
  readonly file: ImageFile;
  /** The place in the importing file's list of imports. */
  readonly dependency: number;
}

/** What the imports of a file bring, each file once, at the first import that brings it. */
export function visibleFiles(image: Image, from: ImageFile): VisibleFile[] {
  const found = new Map<ImageFile, number>();
  const add = (path: string, dependency: number) => {
    const file = image.file(path);
    if (file === undefined || found.has(file)) {
      return;
    }
    found.set(file, dependency);
    for (const index of file.proto.publicDependency) {
      add(file.proto.dependency[index] ?? "", dependency);
    }
  };
  for (const [dependency, path] of from.proto.dependency.entries()) {
    add(path, dependency);
  }
  return [...found].map(([file, dependency]) => ({ file, dependency }));
}
