import { create, createFileRegistry } from "@bufbuild/protobuf";
import {
  Edition,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  FileOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import type { PrintContext } from "./print-context.ts";
import { printEnum } from "./print-enum.ts";
import { extendItems } from "./print-extend.ts";
import { commentLines, quote } from "./print-lines.ts";
import { printBody, printMessage } from "./print-message.ts";
import { optionStatements } from "./print-options.ts";
import { referenceIn } from "./print-reference.ts";
import { printService } from "./print-service.ts";

export interface PrintOptions {
  /** Text of the comment that the file begins with, without comment marks. Default: none. */
  readonly header?: string;
  /** Doc comments by "<kind> <full name>": "message a.B", "field a.B.c", "rpc a.S.M". Default: none. */
  readonly comments?: ReadonlyMap<string, string>;
}

/**
 * Prints a descriptor as .proto source that compiles to the same descriptor, source positions and default JSON
 * names aside. Proto2, proto3 and editions. `files` are the file and all that it imports, imports first:
 * custom options are resolved against them.
 * @throws Error when `files` lacks the file, an import, or the definition of an option
 */
export function printFile(
  files: readonly FileDescriptorProto[],
  path: string,
  options: PrintOptions = {},
): string {
  const file = files.find((candidate) => candidate.name === path);
  if (file === undefined) {
    throw new Error(`there is no descriptor of ${path}`);
  }
  const context: PrintContext = {
    syntax: file.syntax === "proto3" ? "proto3" : file.syntax === "editions" ? "editions" : "proto2",
    registry: createFileRegistry(create(FileDescriptorSetSchema, { file: [...files] })),
    reference: referenceIn(file, files),
    comment: (kind, name) => commentLines(options.comments?.get(`${kind} ${name}`) ?? ""),
  };
  const scope = file.package;
  const sections = [
    commentLines(options.header ?? ""),
    [syntaxLine(file)],
    file.package === "" ? [] : [`package ${file.package};`],
    importLines(file),
    file.options === undefined ? [] : optionStatements(context, scope, FileOptionsSchema, file.options),
    ...file.service.map((service) => printService(context, scope, service)),
    ...printBody(file.messageType, {
      items: extendItems(context, scope, file.extension, file.messageType),
      print: (message) => printMessage(context, scope, message),
    }),
    ...file.enumType.map((descriptor) => printEnum(context, scope, descriptor)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function syntaxLine(file: FileDescriptorProto): string {
  return file.syntax === "editions"
    ? `edition = "${Edition[file.edition]?.replace(/^EDITION_/, "")}";`
    : `syntax = "${file.syntax || "proto2"}";`;
}

function importLines(file: FileDescriptorProto): string[] {
  const lines = file.dependency.map((path, index) => {
    const modifier = file.publicDependency.includes(index)
      ? "public "
      : file.weakDependency.includes(index)
        ? "weak "
        : "";
    return `import ${modifier}${quote(path)};`;
  });
  return [...lines, ...file.optionDependency.map((path) => `import option ${quote(path)};`)];
}
