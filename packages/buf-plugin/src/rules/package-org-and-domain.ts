import { field } from "../image/image.ts";
import { readPackage } from "./package-name.ts";
import type { Rule } from "./rule.ts";

/** `acme.v1` would be the domain "v1" of acme: generated code is packaged by organisation and domain. */
export const packageOrgAndDomain: Rule = function* (image) {
  for (const file of image.targets) {
    const name = file.proto.package;
    const parts = readPackage(name);
    if (parts !== undefined && parts.names.length < 2) {
      const message = `the package "${name}" has no domain: call it ${parts.names[0] ?? "<organisation>"}.<domain>.${parts.version}`;
      yield { file, path: [field.file.package], message };
    }
  }
};
