import {
  create,
  createFileRegistry,
  type DescFile,
  type DescService,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FileOptionsSchema,
  file_google_protobuf_wrappers,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
  ServiceOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import {
  default_policy,
  file_wirehouse_auth_v1_policy,
  PolicySchema,
  policy,
  ServicePolicySchema as ServicePolicyMessage,
  type ServicePolicySchema,
  service_policies,
} from "@wirehouse/proto-auth/v1";

/** A policy as it is written in a test, for example `{ rule: { case: "public", value: {} } }`. */
export type PolicyInit = MessageInitShape<typeof PolicySchema>;

/** What a file of a test says. */
export interface PolicyFile {
  /** RPCs of the service `test.PolicyService`, by name, and their own policies. All are unary, without side effects. */
  methods?: Record<string, PolicyInit | undefined>;
  defaultPolicy?: PolicyInit;
  servicePolicies?: MessageInitShape<typeof ServicePolicySchema>[];
  /** Default "test/policy.proto". */
  name?: string;
}

const text = ".google.protobuf.StringValue";

/** Compiles a file with a service whose RPCs take and answer a `google.protobuf.StringValue`. */
export function createPolicyFile({
  methods = {},
  name = "test/policy.proto",
  ...rest
}: PolicyFile): DescFile {
  const serviceOptions = create(ServiceOptionsSchema);
  if (rest.defaultPolicy !== undefined) {
    setExtension(serviceOptions, default_policy, create(PolicySchema, rest.defaultPolicy));
  }
  const fileOptions = create(FileOptionsSchema);
  const entries = (rest.servicePolicies ?? []).map((entry) => create(ServicePolicyMessage, entry));
  setExtension(fileOptions, service_policies, entries);
  const method = ([methodName, own]: [string, PolicyInit | undefined]) => {
    const options = create(MethodOptionsSchema, {
      idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    });
    if (own !== undefined) {
      setExtension(options, policy, create(PolicySchema, own));
    }
    return { name: methodName, inputType: text, outputType: text, options };
  };
  const file = create(FileDescriptorProtoSchema, {
    name,
    package: "test",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto", "wirehouse/auth/v1/policy.proto"],
    options: fileOptions,
    service:
      Object.keys(methods).length === 0
        ? []
        : [{ name: "PolicyService", options: serviceOptions, method: Object.entries(methods).map(method) }],
  });
  const needed = [
    ...file_wirehouse_auth_v1_policy.dependencies,
    file_google_protobuf_wrappers,
    file_wirehouse_auth_v1_policy,
  ];
  const set = create(FileDescriptorSetSchema, { file: [...needed.map((one) => one.proto), file] });
  const found = createFileRegistry(set).getFile(name);
  if (found === undefined) {
    throw new Error(`the descriptor set of this test has no ${name}`);
  }
  return found;
}

/** The service of such a file. */
export function createPolicyService(file: PolicyFile): DescService {
  const [service] = createPolicyFile(file).services;
  if (service === undefined) {
    throw new Error("the file of this test has no RPCs");
  }
  return service;
}

/** Policies in short. */
export const rules = {
  public: { rule: { case: "public", value: {} } },
  authenticated: { rule: { case: "authenticated", value: {} } },
  allOf: (...allOf: string[]): PolicyInit => ({ rule: { case: "scopes", value: { allOf } } }),
  anyOf: (...anyOf: string[]): PolicyInit => ({ rule: { case: "scopes", value: { anyOf } } }),
  none: {},
} satisfies Record<string, PolicyInit | ((...scopes: string[]) => PolicyInit)>;
