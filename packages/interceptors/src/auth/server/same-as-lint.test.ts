/**
 * Prevents that lint passes what a server then refuses to start with, or the other way round: buf-plugin-wirehouse and the gate
 * cannot share code, since neither may depend on the other. Every way to state a policy, or to fail to, is put to both.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  create,
  createFileRegistry,
  createRegistry,
  fromJson,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
} from "@bufbuild/protobuf/wkt";
import { file_wirehouse_auth_v1_policy } from "@wirehouse/proto-auth/v1";
import { beforeAll, expect, it } from "vitest";
import { createPolicies } from "./policy.ts";

interface Stated {
  readonly method?: JsonObject;
  readonly service?: JsonObject;
  /** Entries for the service: [name of the RPC or "", policy]. */
  readonly file?: readonly (readonly [method: string, policy?: JsonObject])[];
}

const open = { public: {} };
const anyone = { authenticated: {} };
const scopes = (...allOf: string[]) => ({ scopes: { allOf } });

const cases: readonly (readonly [title: string, isValid: boolean, stated: Stated])[] = [
  ["nothing", false, {}],
  ["public", true, { method: open }],
  ["authenticated", true, { method: anyone }],
  ["scopes", true, { method: scopes("a:read", "!#[]~") }],
  ["any of some scopes", true, { method: { scopes: { anyOf: ["a"] } } }],
  ["no rule", false, { method: {} }],
  ["no scope", false, { method: scopes() }],
  ["an empty scope", false, { method: scopes("") }],
  ["a scope with a space", false, { method: scopes("a b") }],
  ["a scope with a quote", false, { method: scopes('a"') }],
  ["a scope with a backslash", false, { method: scopes("a\\") }],
  ["a scope with a control character", false, { method: scopes("a\u007f") }],
  ["a scope beyond ASCII", false, { method: scopes("é") }],
  ["one bad scope among good ones", false, { method: { scopes: { allOf: ["a"], anyOf: ["b", "c\n"] } } }],
  ["a default", true, { service: anyone }],
  ["a bad default", false, { service: {} }],
  ["a bad policy over a good default", false, { method: {}, service: anyone }],
  ["an entry for the service", true, { file: [["", anyone]] }],
  ["an entry for the RPC", true, { file: [["M", anyone]] }],
  ["an entry without a policy", false, { file: [[""]] }],
  ["an entry with a bad policy", false, { file: [["", scopes("a b")]] }],
  [
    "two entries for the service",
    false,
    {
      file: [
        ["", anyone],
        ["", anyone],
      ],
    },
  ],
  [
    "two entries for the RPC",
    false,
    {
      file: [
        ["M", open],
        ["M", anyone],
      ],
    },
  ],
  ["a bad entry for the RPC, a good one for the service", false, { file: [["", anyone], ["M"]] }],
];

const registry = createRegistry(file_wirehouse_auth_v1_policy);
const definitions = cases.map(([, , stated], index) => define(`acme.c${index}.v1`, stated));
let faults: ReadonlySet<string>;

beforeAll(() => {
  faults = lint([file_google_protobuf_descriptor.proto, file_wirehouse_auth_v1_policy.proto, ...definitions]);
});

it.each(cases.map(([title, isValid], index) => ({ title, isValid, index })))(
  "$title: valid is $isValid, to lint and to the gate",
  ({ isValid, index }) => {
    const definition = definitions[index];
    expect(faults.has(definition?.name ?? "")).toBe(!isValid);
    const files = createFileRegistry(
      create(FileDescriptorSetSchema, {
        file: [
          file_google_protobuf_descriptor.proto,
          file_wirehouse_auth_v1_policy.proto,
          ...(definition ? [definition] : []),
        ],
      }),
    );
    const file = files.getFile(definition?.name ?? "");
    const [method] = file?.services[0]?.methods ?? [];
    if (file === undefined || method === undefined) {
      throw new Error("the definition is incomplete");
    }
    expect("policy" in createPolicies([file]).find(method)).toBe(isValid);
  },
);

/** A file with one RPC, which states this. */
function define(packageName: string, { method, service, file = [] }: Stated): FileDescriptorProto {
  const option = (name: string, value: JsonValue | undefined) =>
    value === undefined ? {} : { options: { [`[wirehouse.auth.v1.${name}]`]: value } };
  const entries = file.map(([rpc, policy]) => ({
    service: `${packageName}.S`,
    method: rpc,
    ...(policy && { policy }),
  }));
  const types = { inputType: `.${packageName}.Q`, outputType: `.${packageName}.R` };
  return fromJson(
    FileDescriptorProtoSchema,
    {
      name: `${packageName}.proto`,
      package: packageName,
      syntax: "proto3",
      dependency: ["wirehouse/auth/v1/policy.proto"],
      messageType: [{ name: "Q" }, { name: "R" }],
      service: [
        {
          name: "S",
          method: [{ name: "M", ...types, ...option("policy", method) }],
          ...option("default_policy", service),
        },
      ],
      ...option("service_policies", entries.length === 0 ? undefined : entries),
    },
    { registry },
  );
}

/** The files in which the plugin finds something; it is called as buf calls it. */
function lint(files: readonly FileDescriptorProto[]): ReadonlySet<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const plugin = join(here, "../../../../buf-plugin/src/main.ts");
  const request = {
    "@type": "type.googleapis.com/buf.plugin.check.v1.CheckRequest",
    rule_ids: ["RPC_POLICY_REQUIRED"],
    file_descriptors: files.map((file) => ({
      file_descriptor_proto: toJson(FileDescriptorProtoSchema, file, { registry }),
    })),
  };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [plugin, "/buf.plugin.check.v1.CheckService/Check", "--format=json"],
    { input: JSON.stringify({ value: request }), encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { error, value } = JSON.parse(stdout) as {
    error?: unknown;
    value?: { annotations?: { file_location: { file_name: string } }[] };
  };
  expect(error).toBeUndefined();
  return new Set((value?.annotations ?? []).map((found) => found.file_location.file_name));
}
