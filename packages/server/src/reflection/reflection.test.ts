import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
  getExtension,
  hasExtension,
  type MessageInitShape,
  create as make,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from "@wirehouse/proto-grpc-reflection/v1";
import { ServerReflection as ServerReflectionAlpha } from "@wirehouse/proto-grpc-reflection/v1alpha";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createScriptRunner, echoRoutes } from "@wirehouse/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHealth } from "../health/index.ts";
import { reflectionRoutes } from "./index.ts";

const root = join(import.meta.dirname, "../../../..");
const run = promisify(execFile);
type Ask = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]>;

const versions: [string, typeof ServerReflection][] = [
  ["v1", ServerReflection],
  // Their messages differ in nothing but the package.
  ["v1alpha", ServerReflectionAlpha as unknown as typeof ServerReflection],
];

async function ask(service: typeof ServerReflection, questions: Ask[]): Promise<ServerReflectionResponse[]> {
  const client = createClient(service, createRouterTransport(reflectionRoutes([EchoService, Health])));
  async function* requests() {
    for (const messageRequest of questions) {
      yield { host: "here", messageRequest };
    }
  }
  const answers: ServerReflectionResponse[] = [];
  for await (const answer of client.serverReflectionInfo(requests())) {
    answers.push(answer);
  }
  return answers;
}

function fileNames(response: ServerReflectionResponse | undefined): string[] {
  const answer = response?.messageResponse;
  return answer?.case === "fileDescriptorResponse"
    ? answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name)
    : [];
}

describe.each(versions)("%s", (_, service) => {
  it("lists the services, itself included, in order", async () => {
    const [listed] = await ask(service, [{ case: "listServices", value: "" }]);
    expect(listed).toMatchObject({ validHost: "here", originalRequest: { host: "here" } });
    expect(listed?.messageResponse).toMatchObject({
      case: "listServicesResponse",
      value: {
        service: [
          { name: "grpc.health.v1.Health" },
          { name: "grpc.reflection.v1.ServerReflection" },
          { name: "grpc.reflection.v1alpha.ServerReflection" },
          { name: "wirehouse.testkit.v1.EchoService" },
        ],
      },
    });
  });

  it("sends a file with its imports, and no import twice on a stream", async () => {
    const echo: Ask = { case: "fileByFilename", value: "wirehouse/testkit/v1/echo.proto" };
    const policy: Ask = { case: "fileByFilename", value: "wirehouse/auth/v1/policy.proto" };
    const [first, again, imported] = await ask(service, [echo, echo, policy]);
    expect(fileNames(first)).toEqual([
      "wirehouse/testkit/v1/echo.proto",
      "wirehouse/auth/v1/policy.proto",
      "google/protobuf/descriptor.proto",
    ]);
    expect(fileNames(again)).toEqual(["wirehouse/testkit/v1/echo.proto"]);
    expect(fileNames(imported)).toEqual(["wirehouse/auth/v1/policy.proto"]);
  });

  it.each([
    ["a service", "wirehouse.testkit.v1.EchoService", "wirehouse/testkit/v1/echo.proto"],
    ["a method", "wirehouse.testkit.v1.EchoService.UnaryEcho", "wirehouse/testkit/v1/echo.proto"],
    ["a message", "grpc.health.v1.HealthCheckRequest", "grpc/health/v1/health.proto"],
    ["a field", "grpc.health.v1.HealthCheckRequest.service", "grpc/health/v1/health.proto"],
    ["a nested enum", "grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"],
    ["an enum's value", "grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"],
    ["a map entry", "grpc.health.v1.HealthListResponse.StatusesEntry", "grpc/health/v1/health.proto"],
    [
      "a nested message",
      "google.protobuf.DescriptorProto.ExtensionRange",
      "google/protobuf/descriptor.proto",
    ],
    ["a top level enum's value", "google.protobuf.EDITION_2023", "google/protobuf/descriptor.proto"],
    ["a oneof", "wirehouse.auth.v1.Policy.rule", "wirehouse/auth/v1/policy.proto"],
    ["an extension", "wirehouse.auth.v1.default_policy", "wirehouse/auth/v1/policy.proto"],
  ])("finds the file of %s: %s", async (_kind, value, file) => {
    const [found] = await ask(service, [{ case: "fileContainingSymbol", value }]);
    expect(fileNames(found)[0]).toBe(file);
  });

  it("finds extensions by number", async () => {
    const containingType = "google.protobuf.ServiceOptions";
    const [file, numbers, none] = await ask(service, [
      { case: "fileContainingExtension", value: { containingType, extensionNumber: 77_610 } },
      { case: "allExtensionNumbersOfType", value: containingType },
      { case: "allExtensionNumbersOfType", value: "grpc.health.v1.HealthCheckRequest" },
    ]);
    expect(fileNames(file)[0]).toBe("wirehouse/auth/v1/policy.proto");
    expect(numbers?.messageResponse.value).toMatchObject({
      baseTypeName: containingType,
      extensionNumber: [77_610],
    });
    expect(none?.messageResponse.value).toMatchObject({ extensionNumber: [] });
  });

  it.each<[string, Ask]>([
    ["file nobody.proto", { case: "fileByFilename", value: "nobody.proto" }],
    ["symbol nobody.Knows", { case: "fileContainingSymbol", value: "nobody.Knows" }],
    ["symbol ", { case: "fileContainingSymbol", value: "" }],
    [
      "extension 1 of google.protobuf.FileOptions",
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FileOptions", extensionNumber: 1 },
      },
    ],
    ["message nobody.Knows", { case: "allExtensionNumbersOfType", value: "nobody.Knows" }],
  ])("answers in the stream what it does not find, and goes on: %s", async (message, question) => {
    const [missing, next] = await ask(service, [question, { case: "listServices", value: "" }]);
    expect(missing?.messageResponse).toMatchObject({
      case: "errorResponse",
      value: { errorCode: Code.NotFound, errorMessage: `not found: ${message}` },
    });
    expect(next?.messageResponse.case).toBe("listServicesResponse");
  });

  it("refuses a request that asks nothing", async () => {
    const refused = await ask(service, [{ case: undefined }]).catch(ConnectError.from);
    expect(refused).toMatchObject({ code: Code.InvalidArgument });
  });
});

describe("over the network", () => {
  const sessions = new Set<ServerHttp2Session>();
  const health = createHealth({ services: [EchoService] });
  const server = createServer(
    connectNodeAdapter({
      routes(router) {
        echoRoutes(router, createScriptRunner());
        health.routes(router);
        reflectionRoutes([EchoService, Health])(router);
      },
    }),
  );
  let address = "";

  beforeAll(async () => {
    server.on("session", (session) => {
      sessions.add(session);
      session.on("close", () => sessions.delete(session));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    health.close();
    for (const session of sessions) {
      session.destroy();
    }
    server.close();
  });

  it.each(["grpc-v1", "grpc-v1alpha"])("buf curl calls an RPC by what %s tells it", async (protocol) => {
    const buf = join(root, "packages/server/node_modules/@bufbuild/buf/bin/buf");
    const { stdout } = await run(process.execPath, [
      buf,
      "curl",
      ...["--reflect", "--reflect-protocol", protocol, "--protocol", "grpc", "--http2-prior-knowledge"],
      ...["--data", '{"text":"through reflection"}'],
      `http://${address}/wirehouse.testkit.v1.EchoService/UnaryEcho`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ text: "through reflection" });
    const { stdout: status } = await run(process.execPath, [
      buf,
      "curl",
      ...["--reflect", "--reflect-protocol", protocol, "--protocol", "connect", "--http2-prior-knowledge"],
      ...["--data", '{"service":"wirehouse.testkit.v1.EchoService"}'],
      `http://${address}/grpc.health.v1.Health/Check`,
    ]);
    expect(JSON.parse(status)).toEqual({ status: "SERVING" });
  });

  it.each(versions)(
    "grpc-js reads all files through %s, and they are what buf compiled, options included",
    async (_, service) => {
      const registry = await readAll(service, address);
      const compiled = await compile();
      const files = [...registry.files];
      expect(files.map((file) => file.proto.name)).toEqual(
        expect.arrayContaining(["wirehouse/testkit/v1/echo.proto", "grpc/health/v1/health.proto"]),
      );
      for (const { proto } of files.filter((file) => !file.proto.name.startsWith("google/protobuf/"))) {
        const expected = compiled.get(proto.name);
        expect.assert(expected !== undefined, proto.name);
        expect(toJson(FileDescriptorProtoSchema, proto, { registry })).toEqual(
          toJson(FileDescriptorProtoSchema, expected, { registry }),
        );
      }
      const echo = registry.getService(EchoService.typeName);
      const option = registry.getExtension("wirehouse.auth.v1.default_policy");
      expect.assert(echo?.proto.options !== undefined && option !== undefined);
      expect(hasExtension(echo.proto.options, option)).toBe(true);
      expect(getExtension(echo.proto.options, option)).toMatchObject({ rule: { case: "authenticated" } });
    },
  );
});

/** Reads the list of services, and then the file of each, as a client does that knows nothing else. */
async function readAll(service: typeof ServerReflection, address: string): Promise<FileRegistry> {
  const { input, output } = service.method.serverReflectionInfo;
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  try {
    const stream = client.makeBidiStreamRequest(
      `/${(service as DescService).typeName}/ServerReflectionInfo`,
      (request: MessageInitShape<typeof input>) => Buffer.from(toBinary(input, make(input, request))),
      (bytes: Buffer) => fromBinary(output, bytes),
    );
    const answers = stream[Symbol.asyncIterator]() as AsyncIterator<ServerReflectionResponse>;
    const query = async (messageRequest: Ask) => {
      stream.write({ messageRequest });
      return (await answers.next()).value?.messageResponse;
    };
    const list = await query({ case: "listServices", value: "" });
    expect.assert(list.case === "listServicesResponse");
    const files = new Map<string, FileDescriptorProto>();
    for (const { name } of list.value.service) {
      const found = await query({ case: "fileContainingSymbol", value: name });
      expect.assert(found.case === "fileDescriptorResponse");
      for (const bytes of found.value.fileDescriptorProto) {
        const file = fromBinary(FileDescriptorProtoSchema, bytes);
        files.set(file.name, file);
      }
    }
    stream.end();
    return createFileRegistry(make(FileDescriptorSetSchema, { file: importedFirst(files) }));
  } finally {
    client.close();
  }
}

function importedFirst(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const sorted = new Set<FileDescriptorProto>();
  const add = (name: string): void => {
    const file = files.get(name);
    expect.assert(file !== undefined, name);
    file.dependency.forEach(add);
    sorted.add(file);
  };
  [...files.keys()].forEach(add);
  return [...sorted];
}

async function compile(): Promise<Map<string, FileDescriptorProto>> {
  const buf = join(root, "packages/server/node_modules/@bufbuild/buf/bin/buf");
  const args = [buf, "build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "-"];
  const { stdout } = await run(process.execPath, args, { cwd: root, encoding: "buffer", maxBuffer: 2 ** 26 });
  return new Map(fromBinary(FileDescriptorSetSchema, stdout).file.map((file) => [file.name, file]));
}
