import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { create, createRegistry, fromBinary, type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { file_wirehouse_auth_v1_policy } from "@wirehouse/proto-auth/v1";
import {
  CheckRequestSchema,
  CheckResponseSchema,
  Code,
  RequestSchema,
  ResponseSchema,
} from "@wirehouse/proto-bufplugin/v1";
import { expect, it } from "vitest";
import { ruleInfos } from "../check/catalogue.ts";
import { packageFolder } from "../testing/buf-workspace.ts";
import { repositoryRequest } from "../testing/repository-image.ts";
import { wrongCalls } from "./serve.testdata.ts";
import { serve } from "./serve.ts";

const checkPath = "/buf.plugin.check.v1.CheckService/Check";
const checkUrl = "type.googleapis.com/buf.plugin.check.v1.CheckRequest";

it.each(wrongCalls)("answers $title as the protocol says", async ({ args, input, exitCode, code, says }) => {
  const outcome = await serve(args, () => Buffer.from(input ?? ""));
  expect(outcome.exitCode).toBe(exitCode);
  const text = Buffer.from(outcome.stdout).toString();
  expect(outcome.stderr + text).not.toMatch(/\n\s+at /);
  if (code === undefined) {
    expect(text).toBe("");
    expect(outcome.stderr).toMatch(says);
  } else {
    expect(outcome.stderr).toBe("");
    expect(JSON.parse(text)).toEqual({ error: { code, message: expect.stringMatching(says) } });
  }
});

it.each(wrongCalls)(
  "ends $title with the exit code and the error code of buf's own plugin",
  ({ args, input, exitCode, code }) => {
    const buf = join(packageFolder, "node_modules/@bufbuild/buf/bin/buf");
    const peer = spawnSync(process.execPath, [buf, "beta", "buf-plugin-v2", ...args], { input: input ?? "" });
    expect(peer.status).toBe(exitCode);
    if (code !== undefined) {
      const { error } = JSON.parse(peer.stdout.toString()) as { error: { code: string } };
      // Of what it cannot parse it says that the failure is unknown, which tells the caller less.
      expect([code, "CODE_UNKNOWN"]).toContain(error.code);
    }
  },
);

it("prints the version of the protocol, and how it is used", async () => {
  expect(await text("--protocol")).toBe("1\n");
  expect(await text("--help")).toContain("buf.yaml");
});

it("prints the same procedures in both formats", async () => {
  const { procedures } = JSON.parse(await text("--spec", "--format=json")) as {
    procedures: { path: string }[];
  };
  const binary = await text("--spec");
  expect(procedures.map(({ path }) => path)).toContain(checkPath);
  expect(procedures.filter(({ path }) => !binary.includes(path))).toEqual([]);
});

it("lists the rules page by page, to a caller who sends nothing, too", async () => {
  const path = "/buf.plugin.check.v1.CheckService/ListRules";
  const list = async (input: string) =>
    (
      JSON.parse(await call([path, "--format=json"], input)) as {
        value: { rules: { id: string }[]; next_page_token?: string };
      }
    ).value;
  const all = await list("");
  expect(all.rules.map(({ id }) => id)).toEqual(ruleInfos.map(({ id }) => id));
  expect(all.next_page_token).toBeUndefined();
  const type = "type.googleapis.com/buf.plugin.check.v1.ListRulesRequest";
  const pages: string[] = [];
  let token: string | undefined = "";
  while (token !== undefined) {
    const answer: Awaited<ReturnType<typeof list>> = await list(
      JSON.stringify({ value: { "@type": type, page_size: 2, page_token: token } }),
    );
    pages.push(answer.rules.map(({ id }) => id).join());
    token = answer.next_page_token;
  }
  expect(pages.join()).toBe(ruleInfos.map(({ id }) => id).join());
  expect(pages).toHaveLength(3);
});

it("finds the same in a request in JSON, where options go by name, as in a binary one", async () => {
  const request = await repositoryRequest();
  const [method] =
    request.fileDescriptors.find(({ fileDescriptorProto }) =>
      fileDescriptorProto?.name.startsWith("partner/document/service"),
    )?.fileDescriptorProto?.service[0]?.method ?? [];
  expect(method?.name).toBe("CreateDocument");
  delete method?.options;
  const registry = createRegistry(file_wirehouse_auth_v1_policy);
  const json = toJson(CheckRequestSchema, request, { registry }) as JsonObject;
  const fromJson = JSON.parse(
    await call([checkPath, "--format=json"], JSON.stringify({ value: { "@type": checkUrl, ...json } })),
  ) as { value: { annotations: { message: string }[] } };
  const value = create(AnySchema, { typeUrl: checkUrl, value: toBinary(CheckRequestSchema, request) });
  const outcome = await serve([checkPath], () => toBinary(RequestSchema, create(RequestSchema, { value })));
  const response = fromBinary(ResponseSchema, Buffer.from(outcome.stdout));
  expect(response.value?.typeUrl).toBe("type.googleapis.com/buf.plugin.check.v1.CheckResponse");
  const { annotations } = fromBinary(CheckResponseSchema, response.value?.value ?? new Uint8Array());
  expect(annotations.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("DocumentService/CreateDocument has no policy"),
  );
  expect(fromJson.value.annotations.map(({ message }) => message)).toEqual(
    annotations.map(({ message }) => message),
  );
});

it("answers bytes that are no request, and what goes wrong inside, with an error and no stack", async () => {
  const garbage = await serve([checkPath], () => Buffer.from("\xff\xff\xff", "latin1"));
  expect(fromBinary(ResponseSchema, Buffer.from(garbage.stdout)).error?.code).toBe(Code.INVALID_ARGUMENT);
  const fault = await serve([checkPath], () => {
    throw new TypeError("unreadable");
  });
  expect(fault.exitCode).toBe(0);
  expect(fromBinary(ResponseSchema, Buffer.from(fault.stdout)).error).toMatchObject({
    code: Code.INTERNAL,
    message: "a fault of buf-plugin-wirehouse: unreadable",
  });
});

it.each(ruleInfos)("$id has a name and a purpose that buf takes", ({ id, purpose }) => {
  expect(id).toMatch(/^[A-Z0-9][A-Z0-9_]{1,62}[A-Z0-9]$/);
  expect(purpose).toMatch(/^[A-Z].{0,254}[.]$/);
});

async function text(...args: string[]): Promise<string> {
  return call(args);
}

async function call(args: readonly string[], input = ""): Promise<string> {
  const outcome = await serve(args, () => Buffer.from(input));
  expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
  return Buffer.from(outcome.stdout).toString();
}
