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
 * The doc comments of a protobuf-es .d.ts, by what they document as its `@generated from` tags name it:
 * "message a.b.C", "field a.b.C.d", "enum a.b.E", "enum value a.b.E.V", "oneof a.b.C.o", "extension a.b.x",
 * "service a.b.S", "rpc a.b.S.M". Empty where there is no .d.ts beside the module. Comments that stand apart
 * from any element are not in it.
 */
export function readTypeComments(moduleUrl: string, packageName: string): Map<string, string> {
  return parseTypeComments(readModule(moduleUrl, ".d.ts") ?? "", packageName);
}

const docComment = /^[ \t]*\/\*\*\n([\s\S]*?)\*\/\n(.*)$/gm;

/** As {@link readTypeComments}, of the text. Blocks without the tag, or with one that is not understood, are skipped. */
export function parseTypeComments(text: string, packageName: string): Map<string, string> {
  const comments = new Map<string, string>();
  let scope = packageName;
  for (const [, block = "", declaration = ""] of text.matchAll(docComment)) {
    const lines = block.split("\n").map((line) => line.replace(/^\s*\* ?/, "").replaceAll("*\\/", "*/"));
    const at = lines.findLastIndex((line) => line.startsWith("@generated from "));
    const tag = lines[at]?.slice("@generated from ".length) ?? "";
    const type = /^(message|enum|service) ([\w.]+)$/.exec(tag);
    scope = type?.[2] ?? scope;
    const key = type?.[0] ?? memberKey(tag, scope, packageName, declaration);
    const comment = lines.slice(0, Math.max(at, 0)).join("\n").trimEnd();
    if (key !== undefined && comment !== "") {
      comments.set(key, comment);
    }
  }
  return comments;
}

/** Fields and values follow their type; only their declaration is in the tag. */
function memberKey(tag: string, scope: string, packageName: string, declaration: string): string | undefined {
  if (/^(oneof|rpc) [\w.]+$/.test(tag)) {
    return tag;
  }
  const [, kind, name] = /^(field|enum value|extension): .*?(\w+) = -?\d+\b/.exec(tag) ?? [];
  if (kind === "extension") {
    // The name of one that a message declares begins with that message's, and is told apart by no tag.
    const exported = /^export declare const (\w+):/.exec(declaration)?.[1];
    const nested = exported?.replace(/\$$/, "") !== name;
    return nested ? undefined : `extension ${packageName === "" ? name : `${packageName}.${name}`}`;
  }
  return kind === undefined ? undefined : `${kind} ${scope}.${name}`;
}

function readModule(moduleUrl: string, extension: string): string | undefined {
  if (!moduleUrl.startsWith("file:")) {
    return undefined;
  }
  const path = fileURLToPath(moduleUrl);
  const file = extension === "" ? path : path.replace(/\.([cm]?)js$/, `.d.$1ts`);
  return existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : undefined;
}
