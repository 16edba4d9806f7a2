import type { Finding, Image, ImageService } from "../../image/image.ts";
import { visibleFiles } from "../../image/visible.ts";
import { policyFault } from "./policy-fault.ts";
import type { PolicyOptions } from "./policy-options.ts";
import type { StatedPolicies, StatedPolicy } from "./stated-policies.ts";

/** The entries of `service_policies` in files to report in. */
export function* checkEntries(
  image: Image,
  options: PolicyOptions,
  stated: StatedPolicies,
): Generator<Finding> {
  for (const entry of stated.entries.filter(({ file }) => !file.isImport)) {
    const fault = entryFault(image, options, stated, entry);
    if (fault !== undefined) {
      yield { file: entry.file, path: entry.path, message: fault };
    }
  }
}

function entryFault(
  image: Image,
  options: PolicyOptions,
  stated: StatedPolicies,
  entry: StatedPolicy,
): string | undefined {
  const service = image.service(entry.service);
  if (service === undefined || !isVisible(image, entry, service)) {
    return `a policy is stated for the service "${entry.service}", which no file that this one imports defines`;
  }
  const named = service.methods.filter(({ name }) => entry.method === "" || name === entry.method);
  const subject = entry.method === "" ? `the RPCs of ${service.name}` : `${service.name}/${entry.method}`;
  if (named.length === 0) {
    return entry.method === ""
      ? `a policy is stated for ${subject}, which has none`
      : `a policy is stated for ${subject}, but the service has no such RPC`;
  }
  const earlier = stated.earlier(entry);
  if (earlier !== undefined) {
    const where = earlier.file === entry.file ? "above" : `in ${earlier.file.path}`;
    return `a policy for ${subject} is stated ${where} already`;
  }
  const stating = options.ofService(service) ? [] : named.filter((method) => !options.ofMethod(method));
  if (stating.length === 0) {
    return `the policy for ${subject} has no effect: the file that defines it states one`;
  }
  const fault = policyFault(entry.policy);
  return fault && `the policy for ${subject} ${fault}`;
}

function isVisible(image: Image, { file }: StatedPolicy, service: ImageService): boolean {
  return file === service.file || visibleFiles(image, file).some((visible) => visible.file === service.file);
}
