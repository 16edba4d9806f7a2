import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { runProcess } from "../io/process.ts";
import { bufOutput, pathArguments } from "./buf-run.ts";
import type { CompileOptions } from "./compile.ts";
import { type ImageFile, readImageFile } from "./image.ts";

/** Field numbers of google.protobuf.compiler.CodeGeneratorRequest. */
const Request = { protoFile: 15, sourceFileDescriptors: 17 } as const;

/**
 * Compiles the wanted files under buf's managed mode, which sets file and field options by rules of its own.
 * Only `buf generate` applies it, so it is asked for one request, which a program of ours keeps.
 * @throws WirehouseError PROTO or BUF
 */
export async function compileManaged(
  { root, buf, graph, wanted, signal }: CompileOptions,
  managed: unknown,
): Promise<{ files: Map<string, ImageFile>; stripped: Map<string, ImageFile> }> {
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-managed-"));
  try {
    const request = join(folder, "request");
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const capture = fileURLToPath(new URL(`./capture-request.${extension}`, import.meta.url));
    const template = {
      version: "v2",
      managed,
      plugins: [{ local: [process.execPath, capture, request], out: ".", strategy: "all" }],
    };
    const result = await runProcess(
      buf,
      [
        "generate",
        "--template",
        JSON.stringify(template),
        "--output",
        folder,
        "--error-format=json",
        ...pathArguments(graph, wanted),
      ],
      { cwd: root, signal },
    );
    bufOutput(root, "buf generate", result);
    return splitRequest(readFileSync(request));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files of a request: with all their options, and apart from that as generated code sees them. */
function splitRequest(bytes: Uint8Array): {
  files: Map<string, ImageFile>;
  stripped: Map<string, ImageFile>;
} {
  const files = new Map<string, ImageFile>();
  const sources = new Map<string, ImageFile>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (
      wireType === WireType.LengthDelimited &&
      (field === Request.protoFile || field === Request.sourceFileDescriptors)
    ) {
      const file = readImageFile(reader.bytes());
      (field === Request.protoFile ? files : sources).set(file.path, file);
    } else {
      reader.skip(wireType, field);
    }
  }
  const stripped = new Map([...files].filter(([path]) => sources.has(path)));
  return { files: new Map([...files, ...sources]), stripped };
}
