import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type CheckRequest, CheckRequestSchema } from "@wirehouse/proto-bufplugin/v1";
import { bufWorkspace, repositoryFolder } from "./buf-workspace.ts";

/** A request to check this repository's own files, as buf would send it: vendored files are imports. */
export async function repositoryRequest(): Promise<CheckRequest> {
  const { root, buf } = bufWorkspace([], {});
  const file = join(root, "image.binpb");
  const result = await buf("build", repositoryFolder, "--output", file);
  if (result.code !== 0) {
    throw new Error(result.stderr);
  }
  const { file: files } = fromBinary(FileDescriptorSetSchema, readFileSync(file));
  return create(CheckRequestSchema, {
    fileDescriptors: files.map((proto) => ({
      fileDescriptorProto: proto,
      isImport: !existsSync(join(repositoryFolder, "proto", proto.name)),
    })),
  });
}
