import { type DescExtension, getExtension, hasExtension } from "@bufbuild/protobuf";
import {
  default_policy,
  type Policy,
  policy,
  type ServicePolicy,
  service_policies,
} from "@wirehouse/proto-auth/v1";
import type { Image, ImageFile, ImageMethod, ImageService } from "../../image/image.ts";

/** The file that defines the options. */
export const policyFile = "wirehouse/auth/v1/policy.proto";

/** Reads the options of {@link policyFile}. */
export interface PolicyOptions {
  /** Whether the image has the file: else no RPC can have a policy. */
  readonly isDefined: boolean;
  ofMethod(method: ImageMethod): Policy | undefined;
  ofService(service: ImageService): Policy | undefined;
  ofFile(file: ImageFile): readonly ServicePolicy[];
}

/**
 * The options are known by their full names. In a repository without {@link policyFile} their number may be another
 * option's, whose value is not to be taken for a policy.
 */
export function policyOptions(image: Image): PolicyOptions {
  const declared = new Map(
    image.files.flatMap(({ proto }) =>
      proto.extension.map(({ name, number }) => [`${proto.package}.${name}`, number]),
    ),
  );
  const isDeclared = (extension: DescExtension) => declared.get(extension.typeName) === extension.number;
  return {
    isDefined: isDeclared(policy),
    ofMethod: ({ proto: { options } }) =>
      isDeclared(policy) && options && hasExtension(options, policy)
        ? getExtension(options, policy)
        : undefined,
    ofService: ({ proto: { options } }) =>
      isDeclared(default_policy) && options && hasExtension(options, default_policy)
        ? getExtension(options, default_policy)
        : undefined,
    ofFile: ({ proto: { options } }) =>
      isDeclared(service_policies) && options ? getExtension(options, service_policies) : [],
  };
}
