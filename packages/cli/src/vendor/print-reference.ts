import type { DescriptorProto, EnumDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { qualify } from "./print-context.ts";

/** The full name of everything that a name in these files can mean: packages, types, fields, values, methods. */
function collectSymbols(files: readonly FileDescriptorProto[]): ReadonlySet<string> {
  const symbols = new Set<string>();
  for (const file of files) {
    const parts = file.package === "" ? [] : file.package.split(".");
    parts.forEach((_, index) => {
      symbols.add(parts.slice(0, index + 1).join("."));
    });
    addTypes(symbols, file.package, file.messageType, file.enumType);
    addNames(symbols, file.package, file.extension);
    for (const service of file.service) {
      const name = qualify(file.package, service.name);
      symbols.add(name);
      addNames(symbols, name, service.method);
    }
  }
  return symbols;
}

function addTypes(
  symbols: Set<string>,
  scope: string,
  messages: readonly DescriptorProto[],
  enums: readonly EnumDescriptorProto[],
): void {
  for (const message of messages) {
    const name = qualify(scope, message.name);
    symbols.add(name);
    addTypes(symbols, name, message.nestedType, message.enumType);
    addNames(symbols, name, [...message.field, ...message.oneofDecl, ...message.extension]);
  }
  for (const descriptor of enums) {
    addNames(symbols, scope, [descriptor, ...descriptor.value]);
  }
}

function addNames(symbols: Set<string>, scope: string, named: readonly { name: string }[]): void {
  for (const { name } of named) {
    symbols.add(qualify(scope, name));
  }
}

/**
 * Writes references as people do: short for what the file itself declares, in full for all else, and with a
 * leading dot only where something nearer hides the first part of the name. (Protobuf looks names up like C++:
 * from the innermost scope outwards, by their first part. buf finds what `import option` brings by full name only.)
 */
export function referenceIn(file: FileDescriptorProto, imports: readonly FileDescriptorProto[]) {
  const own = collectSymbols([file]);
  const symbols = collectSymbols([file, ...imports]);
  const skip = file.package === "" ? 0 : file.package.length + 1;
  return (scope: string, fullName: string): string => {
    const local = own.has(fullName) ? fullName.slice(skip).split(".") : [];
    const candidates = [...local.map((_, index) => local.slice(-1 - index).join(".")), fullName];
    return candidates.find((name) => meaning(symbols, scope, name) === fullName) ?? `.${fullName}`;
  };
}

/** What `name` means inside `scope`; `undefined` for nothing. */
function meaning(symbols: ReadonlySet<string>, scope: string, name: string): string | undefined {
  const first = name.split(".")[0] ?? name;
  for (let at = scope; ; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") {
    if (symbols.has(qualify(at, first))) {
      const full = qualify(at, name);
      return symbols.has(full) ? full : undefined;
    }
    if (at === "") {
      return undefined;
    }
  }
}
