import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clearField, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import { toText } from "@bufbuild/protobuf/txtpb";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { findBuf } from "../execute/find-buf.ts";
import { runProcess } from "../io/process.ts";
import { printFile } from "./print-proto.ts";

const here = dirname(fileURLToPath(import.meta.url));

/** Compiles .proto sources by import path with buf, without registry or cache. */
export async function compile(sources: ReadonlyMap<string, string>): Promise<FileDescriptorSet> {
  const root = mkdtempSync(join(tmpdir(), "wirehouse-print-"));
  try {
    writeFileSync(join(root, "buf.yaml"), "version: v2\nmodules:\n  - path: src\n");
    for (const [path, text] of sources) {
      mkdirSync(dirname(join(root, "src", path)), { recursive: true });
      writeFileSync(join(root, "src", path), text);
    }
    const args = ["build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "set.binpb"];
    const result = await runProcess(findBuf(here).file, args, { cwd: root });
    if (result.kind !== "exit" || result.code !== 0) {
      throw new Error(
        `buf build: ${"stderr" in result ? result.stderr : ""}${"stdout" in result ? result.stdout : ""}`,
      );
    }
    return fromBinary(FileDescriptorSetSchema, readFileSync(join(root, "set.binpb")));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The file and all it imports, imports first. */
export function closure(set: FileDescriptorSet, path: string): FileDescriptorProto[] {
  const byName = new Map(set.file.map((file) => [file.name, file]));
  const seen = new Set<string>();
  const visit = (name: string): FileDescriptorProto[] => {
    const file = byName.get(name);
    if (seen.has(name) || file === undefined) {
      return [];
    }
    seen.add(name);
    return [...[...file.dependency, ...file.optionDependency].flatMap(visit), file];
  };
  return visit(path);
}

/**
 * Prints each file, compiles what was printed, and returns the names of the files whose descriptor came out
 * different, with the first line of the difference.
 */
export async function roundTrip(set: FileDescriptorSet, paths: readonly string[]): Promise<string[]> {
  const printed = new Map(paths.map((path) => [path, printFile(closure(set, path), path)]));
  const rebuilt = await compile(printed);
  const registry = createFileRegistry(set);
  const canonical = (file: FileDescriptorProto | undefined) =>
    file === undefined
      ? []
      : toText(FileDescriptorProtoSchema, normalize(file), { registry, printUnknownFields: true }).split(
          "\n",
        );
  return paths.flatMap((path) => {
    const before = canonical(set.file.find((file) => file.name === path));
    const after = canonical(rebuilt.file.find((file) => file.name === path));
    const at = before.findIndex((line, index) => line !== after[index]);
    return at === -1 && before.length === after.length
      ? []
      : [`${path}: line ${at} of the descriptor was ${before[at]}, is ${after[at]}`];
  });
}

/** Takes out what the source does not say: positions, default JSON names, and how "proto2" is spelt. */
function normalize(file: FileDescriptorProto): FileDescriptorProto {
  clearField(file, FileDescriptorProtoSchema.field.sourceCodeInfo);
  if (file.syntax === "proto2") {
    clearField(file, FileDescriptorProtoSchema.field.syntax);
  }
  file.extension.forEach(normalizeField);
  file.messageType.forEach(normalizeMessage);
  return file;
}

function normalizeMessage(message: DescriptorProto): void {
  [...message.field, ...message.extension].forEach(normalizeField);
  message.nestedType.forEach(normalizeMessage);
}

function normalizeField(field: FieldDescriptorProto): void {
  // The descriptor.proto that protobuf-es boots from has empty options where there are none.
  if (field.options !== undefined && toBinary(FieldOptionsSchema, field.options).length === 0) {
    clearField(field, FieldDescriptorProtoSchema.field.options);
  }
  if (field.extendee !== "" || field.jsonName === protoCamelCase(field.name)) {
    clearField(field, FieldDescriptorProtoSchema.field.jsonName);
  }
}
