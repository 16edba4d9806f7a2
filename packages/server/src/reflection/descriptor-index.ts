import { type DescFile, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** What a set of files defines, by every name that a client of reflection may ask for. */
export interface DescriptorIndex {
  fileByName(name: string): DescFile | undefined;
  /** By the full name of a message, field, oneof, enum, enum value, extension, service or method. */
  fileBySymbol(symbol: string): DescFile | undefined;
  fileByExtension(containingType: string, number: number): DescFile | undefined;
  /** Ascending; undefined when no such message is known. */
  extensionNumbers(containingType: string): number[] | undefined;
  /** The file as a serialized `google.protobuf.FileDescriptorProto`, with all its options. */
  encode(file: DescFile): Uint8Array;
}

/** Indexes files and all that they import. */
export function indexDescriptors(files: Iterable<DescFile>): DescriptorIndex {
  const byName = new Map<string, DescFile>();
  const bySymbol = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, DescFile>>();
  const encoded = new Map<DescFile, Uint8Array>();

  // From the protos and not from `DescFile`, which has no messages for the entries of maps.
  function addFile(file: DescFile): void {
    if (byName.has(file.proto.name)) {
      return;
    }
    byName.set(file.proto.name, file);
    const add = (scope: string, { name }: { name: string }): string => {
      const symbol = scope === "" ? name : `${scope}.${name}`;
      bySymbol.set(symbol, file);
      return symbol;
    };
    const addExtension = (scope: string, extension: FieldDescriptorProto): void => {
      add(scope, extension);
      const extendee = extension.extendee.replace(/^\./, "");
      const ofType = extensions.get(extendee) ?? new Map<number, DescFile>();
      extensions.set(extendee, ofType.set(extension.number, file));
    };
    const addEnum = (scope: string, one: EnumDescriptorProto): void => {
      add(scope, one);
      // An enum's values are named as its siblings, not as its children.
      for (const value of one.value) {
        add(scope, value);
      }
    };
    const addMessage = (scope: string, message: DescriptorProto): void => {
      const symbol = add(scope, message);
      messages.add(symbol);
      for (const one of [...message.field, ...message.oneofDecl]) {
        add(symbol, one);
      }
      for (const one of message.nestedType) {
        addMessage(symbol, one);
      }
      for (const one of message.enumType) {
        addEnum(symbol, one);
      }
      for (const one of message.extension) {
        addExtension(symbol, one);
      }
    };
    const scope = file.proto.package;
    for (const one of file.proto.messageType) {
      addMessage(scope, one);
    }
    for (const one of file.proto.enumType) {
      addEnum(scope, one);
    }
    for (const one of file.proto.extension) {
      addExtension(scope, one);
    }
    for (const service of file.proto.service) {
      const symbol = add(scope, service);
      for (const method of service.method) {
        add(symbol, method);
      }
    }
    for (const dependency of file.dependencies) {
      addFile(dependency);
    }
  }

  for (const file of files) {
    addFile(file);
  }

  return {
    fileByName: (name) => byName.get(name),
    fileBySymbol: (symbol) => bySymbol.get(symbol),
    fileByExtension: (containingType, number) => extensions.get(containingType)?.get(number),
    extensionNumbers(containingType) {
      const found = extensions.get(containingType);
      if (found !== undefined) {
        return [...found.keys()].sort((a, b) => a - b);
      }
      return messages.has(containingType) ? [] : undefined;
    },
    encode(file) {
      const bytes = encoded.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
      encoded.set(file, bytes);
      return bytes;
    },
  };
}
