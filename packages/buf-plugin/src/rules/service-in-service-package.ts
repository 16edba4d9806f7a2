import { field } from "../image/image.ts";
import { isServicePackage } from "./package-name.ts";
import type { Rule } from "./rule.ts";

/** A service beside the objects of its domain: whoever needs an object then gets the API too, and its changes. */
export const serviceInServicePackage: Rule = function* (image, { servicePackage }) {
  for (const { file, path, proto } of image.services) {
    const name = file.proto.package;
    if (!file.isImport && !isServicePackage(name, servicePackage)) {
      const message = `the service ${proto.name} is in the package "${name}", which is not one of services: such a name ends in .${servicePackage}.<version>`;
      yield { file, path: [...path, field.service.name], message };
    }
  }
};
