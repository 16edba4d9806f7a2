import { join } from "node:path";
import { clearExtension, getExtension, hasExtension, setExtension } from "@bufbuild/protobuf";
import { default_policy, policy, service_policies } from "@wirehouse/proto-auth/v1";
import type { CheckRequest } from "@wirehouse/proto-bufplugin/v1";
import { expect, it } from "vitest";
import { check } from "../../check/check.ts";
import { bufWorkspace, findingsOf, fromSource, repositoryFolder } from "../../testing/buf-workspace.ts";
import { repositoryRequest } from "../../testing/repository-image.ts";

/** A policy option of this repository, taken away. */
interface Deletion {
  readonly title: string;
  /** Takes the option away, and returns what puts it back. */
  readonly apply: () => () => void;
}

it("names the RPC when any one policy option of any proto of this repository is deleted", async () => {
  const request = { ...(await repositoryRequest()), ruleIds: ["RPC_POLICY_REQUIRED"] };
  expect(check(request).annotations).toEqual([]);
  const named = new Set<string>();
  const missed: string[] = [];
  for (const { title, apply } of deletions(request)) {
    const undo = apply();
    const { annotations } = check(request);
    undo();
    const names = annotations.flatMap(({ message }) => /^(\S+) has no policy/.exec(message)?.[1] ?? []);
    if (names.length === 0) {
      missed.push(title);
    }
    for (const name of names) {
      named.add(name);
    }
  }
  expect(missed).toEqual([]);
  // Every RPC there is was left without a policy by some deletion, those of vendored files included.
  expect([...named].sort()).toEqual(allRpcs(request));
  expect(named).toContain("grpc.health.v1.Health/Watch");
  expect(check(request).annotations).toEqual([]);
});

it("does so in `buf lint`: an RPC's own policy, a service's default, and one stated for a vendored service", async () => {
  const { buf, edit } = repositoryCopy();
  edit("proto/partner/document/service/v1/service.proto", /\n *option \(wirehouse\.auth\.v1\.policy\)[^;]*;/);
  edit("proto/wirehouse/testkit/v1/echo.proto", /\n *option \(wirehouse\.auth\.v1\.default_policy\)[^;]*;/);
  edit(
    "proto/wirehouse/server/v1/policies.proto",
    /\noption \(wirehouse\.auth\.v1\.service_policies\) = \{\s*service: "grpc\.health[^;]*;/,
  );
  const result = await buf("lint", "--error-format=json");
  expect(result.code).toBe(100);
  const rpcs = findingsOf(result).map((line) => /RPC_POLICY_REQUIRED: (\S+) has no policy/.exec(line)?.[1]);
  expect(rpcs).toEqual([
    "partner.document.service.v1.DocumentService/CreateDocument",
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "wirehouse.testkit.v1.EchoService/UnaryEcho",
    "wirehouse.testkit.v1.EchoService/UnaryWrite",
    "wirehouse.testkit.v1.EchoService/ServerEcho",
    "wirehouse.testkit.v1.EchoService/ClientEcho",
    "wirehouse.testkit.v1.EchoService/BidiEcho",
  ]);
});

/** This repository's protos, with its own rules. */
function repositoryCopy() {
  const workspace = bufWorkspace([["proto", join(repositoryFolder, "proto")]], {
    "buf.yaml": JSON.stringify({
      version: "v2",
      modules: [
        { path: "proto", excludes: ["proto/third_party"] },
        { path: "proto/third_party", lint: { ignore: ["proto/third_party"] } },
      ],
      lint: { use: ["RPC_POLICY_REQUIRED"] },
      plugins: [{ plugin: fromSource }],
    }),
  });
  const edit = (path: string, pattern: RegExp) => {
    const before = workspace.read(path);
    const after = before.replace(pattern, "");
    expect(after).not.toBe(before);
    workspace.write(path, after);
  };
  return { ...workspace, edit };
}

function* deletions(request: CheckRequest): Generator<Deletion> {
  for (const { fileDescriptorProto: file, isImport } of request.fileDescriptors) {
    if (file === undefined || isImport) {
      continue;
    }
    const { options } = file;
    const entries = options ? getExtension(options, service_policies) : [];
    for (const [index, { service, method }] of entries.entries()) {
      yield {
        title: `${file.name}: ${service}/${method}`,
        apply: () => {
          if (options === undefined) {
            throw new Error("a file with entries has options");
          }
          setExtension(options, service_policies, entries.toSpliced(index, 1));
          return () => setExtension(options, service_policies, entries);
        },
      };
    }
    for (const service of file.service) {
      for (const [element, extension] of [
        [service, default_policy] as const,
        ...service.method.map((method) => [method, policy] as const),
      ]) {
        const { options } = element;
        if (options === undefined || !hasExtension(options, extension)) {
          continue;
        }
        const value = getExtension(options, extension);
        yield {
          title: `${file.name}: ${service.name}.${element.name}`,
          apply: () => {
            clearExtension(options, extension);
            return () => setExtension(options, extension, value);
          },
        };
      }
    }
  }
}

function allRpcs(request: CheckRequest): string[] {
  return request.fileDescriptors
    .flatMap(({ fileDescriptorProto: file }) =>
      (file?.service ?? []).flatMap((service) =>
        service.method.map((method) => `${file?.package}.${service.name}/${method.name}`),
      ),
    )
    .sort();
}
