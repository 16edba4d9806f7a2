import { default_policy, policy } from "@wirehouse/proto-auth/v1";
import { type Finding, field, type Image, type ImageMethod } from "../../image/image.ts";
import { visibleFiles } from "../../image/visible.ts";
import type { Rule } from "../rule.ts";
import { checkEntries } from "./check-entries.ts";
import { policyFault } from "./policy-fault.ts";
import { type PolicyOptions, policyFile, policyOptions } from "./policy-options.ts";
import { StatedPolicies, statesPolicies } from "./stated-policies.ts";

/** An RPC is denied to everybody, or open to everybody, by mistake: its author forgot to say who may call it. */
export const rpcPolicyRequired: Rule = function* (image) {
  const options = policyOptions(image);
  const stated = new StatedPolicies(image, options);
  const hasPolicy = (method: ImageMethod) =>
    options.ofMethod(method) !== undefined ||
    options.ofService(method.service) !== undefined ||
    stated.find(method) !== undefined;
  yield* checkOwn(image, options, hasPolicy);
  yield* checkEntries(image, options, stated);
  yield* checkImported(image, options, hasPolicy);
};

/** The services that files to report in define. */
function* checkOwn(
  image: Image,
  options: PolicyOptions,
  hasPolicy: (method: ImageMethod) => boolean,
): Generator<Finding> {
  for (const service of image.services.filter(({ file }) => !file.isImport)) {
    const { file } = service;
    const byDefault = options.ofService(service);
    const defaultFault = byDefault && policyFault(byDefault);
    if (defaultFault !== undefined) {
      const path = [...service.path, field.service.options, default_policy.number];
      yield { file, path, message: `the default policy of ${service.name} ${defaultFault}` };
    }
    for (const method of service.methods) {
      const own = options.ofMethod(method);
      const fault = own && policyFault(own);
      if (fault !== undefined) {
        const path = [...method.path, field.method.options, policy.number];
        yield { file, path, message: `the policy of ${rpcName(method)} ${fault}` };
      } else if (!hasPolicy(method)) {
        yield { file, path: method.path, message: `${rpcName(method)} has no policy: ${mend(options)}` };
      }
    }
  }
}

/** The services that files which state policies import: those of others, whose files are not reported in. */
function* checkImported(
  image: Image,
  options: PolicyOptions,
  hasPolicy: (method: ImageMethod) => boolean,
): Generator<Finding> {
  for (const file of image.targets.filter((target) => statesPolicies(target, options))) {
    for (const imported of visibleFiles(image, file).filter((visible) => visible.file.isImport)) {
      const path = [field.file.dependency, imported.dependency];
      const services = image.services.filter((service) => service.file === imported.file);
      for (const method of services.flatMap(({ methods }) => methods)) {
        if (!hasPolicy(method)) {
          const message = `${rpcName(method)} has no policy: state one for it here, with the file option (wirehouse.auth.v1.service_policies)`;
          yield { file, path, message };
        }
      }
    }
  }
}

function rpcName({ service, name }: ImageMethod): string {
  return `${service.name}/${name}`;
}

function mend({ isDefined }: PolicyOptions): string {
  const start = isDefined ? "set" : `import ${policyFile}, and set`;
  return `${start} the option (wirehouse.auth.v1.policy), or (wirehouse.auth.v1.default_policy) of its service`;
}
