import { field, type SourcePath } from "../image/image.ts";
import type { Rule } from "./rule.ts";

/** A request or response from elsewhere cannot get a field without changing what does not belong to the RPC. */
export const rpcTypeSamePackage: Rule = function* (image) {
  for (const { file, name, methods } of image.services.filter((service) => !service.file.isImport)) {
    for (const method of methods) {
      const types: [kind: string, type: string, place: SourcePath][] = [
        ["request", method.proto.inputType, [field.method.inputType]],
        ["response", method.proto.outputType, [field.method.outputType]],
      ];
      for (const [kind, type, place] of types) {
        const owner = image.fileOfMessage(type)?.proto.package;
        if (owner !== file.proto.package) {
          const message = `the ${kind} of ${name}/${method.name} is ${type.slice(1)}, of another package: define a message for this RPC`;
          yield { file, path: [...method.path, ...place], message };
        }
      }
    }
  }
};
