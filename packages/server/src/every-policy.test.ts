/**
 * Prevents that a server starts although an RPC says nowhere who may call it: each policy option of each proto of this repository
 * is deleted, alone, and the server must refuse to start and name the RPC. (What lint says: mutation.test.ts of
 * packages/buf-plugin.)
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clearExtension,
  clone,
  createFileRegistry,
  type DescExtension,
  type FileRegistry,
  fromBinary,
  getExtension,
  hasExtension,
  type Message,
  setExtension,
} from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { jwtGate, localKeySet } from "@wirehouse/interceptors/auth/server";
import { beforeAll, expect, it } from "vitest";
import { createServer } from "./create-server.ts";

const repository = join(import.meta.dirname, "../../..");

/** Takes one policy option out of a copy of all descriptors. */
type Deletion = (files: FileDescriptorSet) => void;

let original: FileDescriptorSet;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-policies-"));
  try {
    const image = join(folder, "image.binpb");
    const buf = join(repository, "node_modules/@bufbuild/buf/bin/buf");
    execFileSync(process.execPath, [buf, "build", repository, "--output", image], { stdio: "pipe" });
    original = fromBinary(FileDescriptorSetSchema, readFileSync(image));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("starts with the policies as they are", () => {
  expect(refusal(original)).toEqual([]);
});

it("does not start, and names the RPC, when any one policy option is deleted: health and reflection too", () => {
  const named = new Set<string>();
  const missed: string[] = [];
  for (const [title, apply] of deletions()) {
    const files = clone(FileDescriptorSetSchema, original);
    apply(files);
    const names = refusal(files);
    if (names.length === 0) {
      missed.push(title);
    }
    for (const name of names) {
      named.add(name);
    }
  }
  expect(missed).toEqual([]);
  // Each RPC was left without a policy by some deletion.
  expect([...named].sort()).toEqual(allRpcs());
  expect(named).toContain("grpc.health.v1.Health/Watch");
  expect(named).toContain("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
});

/** The RPCs for which a server of all services refuses to start. */
function refusal(files: FileDescriptorSet): string[] {
  const registry = createFileRegistry(files);
  const services = [...registry].filter(({ kind }) => kind === "service");
  // The server brings these itself.
  const own = services.filter(({ typeName }) => !typeName.startsWith("grpc."));
  const policies = registry.getFile("wirehouse/server/v1/policies.proto");
  expect(own.length).toBeGreaterThanOrEqual(3);
  try {
    createServer({
      auth: jwtGate({
        issuer: "https://id.example.com",
        audience: "test",
        algorithms: ["ES256"],
        keys: localKeySet({ keys: [] }),
        policies: policies === undefined ? [] : [policies],
      }),
      reflection: true,
      routes: (router) => {
        for (const service of own) {
          if (service.kind === "service") {
            router.service(service, {});
          }
        }
      },
    });
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: "policy_missing" });
    return [...String(error).matchAll(/^ {2}(\S+): no policy/gm)].map(([, name = ""]) => name);
  }
}

function* deletions(): Generator<readonly [title: string, apply: Deletion]> {
  const registry = createFileRegistry(original);
  const entries = extension(registry, "service_policies");
  for (const [at, file] of original.file.entries()) {
    if (file.options !== undefined && hasExtension(file.options, entries)) {
      const stated = getExtension(file.options, entries) as Message[];
      for (const index of stated.keys()) {
        yield [
          `${file.name}: entry ${index}`,
          (files) => {
            const options = files.file[at]?.options;
            if (options !== undefined) {
              setExtension(options, entries, stated.toSpliced(index, 1));
            }
          },
        ];
      }
    }
    for (const [serviceAt, service] of file.service.entries()) {
      const elements = [
        [service, "default_policy", (one: FileDescriptorSet) => one.file[at]?.service[serviceAt]],
        ...service.method.map((method, methodAt) => [
          method,
          "policy",
          (one: FileDescriptorSet) => one.file[at]?.service[serviceAt]?.method[methodAt],
        ]),
      ] as const;
      for (const [element, name, find] of elements as readonly Element[]) {
        const option = extension(registry, name);
        if (element.options !== undefined && hasExtension(element.options, option)) {
          yield [
            `${service.name}.${element.name}`,
            (files) => {
              const options = find(files)?.options;
              if (options !== undefined) {
                clearExtension(options, option);
              }
            },
          ];
        }
      }
    }
  }
}

interface Optional {
  readonly name: string;
  readonly options?: Message;
}
type Element = readonly [element: Optional, option: string, find: (files: FileDescriptorSet) => Optional];

function extension(registry: FileRegistry, name: string): DescExtension {
  const found = registry.getExtension(`wirehouse.auth.v1.${name}`);
  if (found === undefined) {
    throw new Error(`there is no option ${name}`);
  }
  return found;
}

function allRpcs(): string[] {
  return original.file
    .flatMap((file) =>
      file.service.flatMap((service) =>
        service.method.map((method) => `${file.package}.${service.name}/${method.name}`),
      ),
    )
    .sort();
}
