import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The comment that a module of generated code begins with, if it is a copyright notice; else "". */
export function readLeadingNotice(moduleUrl: string): string {
  const text = readModule(moduleUrl, "");
  const block = /^(?:\/\/[^\n]*\n)+/.exec(text ?? "")?.[0] ?? "";
  const lines = block.trimEnd().split("\n");
  return /copyright/i.test(block) ? lines.map((line) => line.replace(/^\/\/ ?/, "")).join("\n") : "";
}

/**
 * The doc comments of a protobuf-es .d.ts by what they document, as its `@generated from` tags name it:
 * "message a.b.C", "field a.b.C.d", "enum a.b.E", "enum value a.b.E.V", "oneof a.b.C.o", "extension a.b.x",
 * "service a.b.S", "rpc a.b.S.M". Empty where there is no .d.ts beside the module.
 */
export function readTypeComments(moduleUrl: string): Map<string, string> {
  return new Map();
}

function readModule(moduleUrl: string, extension: string): string | undefined {
  if (!moduleUrl.startsWith("file:")) {
    return undefined;
  }
  const path = fileURLToPath(moduleUrl);
  const file = extension === "" ? path : path.replace(/\.([cm]?)js$/, `.d.$1ts`);
  return existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : undefined;
}
