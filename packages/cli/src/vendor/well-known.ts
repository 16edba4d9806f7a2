/** The files of google/protobuf that buf carries in itself: every module may import them, so none is vendored. */
const names = [
  "any",
  "api",
  "c_sharp_features",
  "compiler/plugin",
  "cpp_features",
  "cpp_file_options",
  "cpp_options",
  "descriptor",
  "duration",
  "empty",
  "field_mask",
  "go_features",
  "java_features",
  "json_enumvalue_options",
  "json_options",
  "source_context",
  "struct",
  "timestamp",
  "type",
  "wrappers",
];

const wellKnownFiles: ReadonlySet<string> = new Set(names.map((name) => `google/protobuf/${name}.proto`));

/** Whether buf provides the import path itself. */
export function isWellKnown(importPath: string): boolean {
  return wellKnownFiles.has(importPath);
}
