import { field, type Image, type ImageFile } from "../image/image.ts";
import { isServicePackage } from "./package-name.ts";
import { policyOptions } from "./rpc-policy-required/policy-options.ts";
import { statesPolicies } from "./rpc-policy-required/stated-policies.ts";
import type { Rule } from "./rule.ts";

/** Requests and responses belong to one API. Where another package uses them, neither can change without the other. */
export const servicePackageNotImported: Rule = function* (image, { servicePackage }) {
  const options = policyOptions(image);
  for (const file of image.targets.filter((target) => !statesPolicies(target, options))) {
    for (const [index, path] of file.proto.dependency.entries()) {
      const imported = image.file(path);
      if (imported && isOthersServices(image, file, imported, servicePackage)) {
        const message = `${path} has the services of ${imported.proto.package}: import the objects of its domain, and move there what both need`;
        yield { file, path: [field.file.dependency, index], message };
      }
    }
  }
};

function isOthersServices(
  image: Image,
  file: ImageFile,
  imported: ImageFile,
  servicePackage: string,
): boolean {
  const name = imported.proto.package;
  return (
    name !== file.proto.package &&
    isServicePackage(name, servicePackage) &&
    image.services.some((service) => service.file.proto.package === name)
  );
}
