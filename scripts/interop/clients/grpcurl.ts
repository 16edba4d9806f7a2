import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { documentService, tryDocumentCalls, type Who } from "./document-calls.ts";
import { expectEqual, expectText } from "./expect.ts";
import { root } from "./paths.ts";
import type { Report } from "./report.ts";
import { type Ended, findProgram, runProgram, succeeded } from "./run-program.ts";
import { type Platform, tokensOf } from "./seed.ts";

const install = "go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";
const reflectionVersions = ["v1", "v1alpha"] as const;

interface GrpcurlContext {
  readonly report: Report;
  readonly platform: Platform;
  readonly isRequired: boolean;
  /** The authority of the servers' certificate, where they speak TLS. */
  readonly ca?: string | undefined;
}

/** grpcurl, which is grpc-go. */
export async function tryGrpcurl({ report, platform, isRequired, ca }: GrpcurlContext): Promise<void> {
  const grpcurl = findGrpcurl();
  if (grpcurl === undefined) {
    report.missing("grpcurl", `it is not installed: ${install}`, isRequired);
    return;
  }
  report.versions.set("grpcurl", await versionOf(grpcurl));
  const tokens = await tokensOf(platform);
  const target = new URL(platform.documentUrl).host;
  const trust = ca === undefined ? ["-plaintext"] : ["-cacert", ca];
  const run = (before: readonly string[], after: readonly string[], input = ""): Promise<Ended> =>
    runProgram(grpcurl, [...trust, ...before, target, ...after], { input });
  const as = (who: Who) => (who === "nobody" ? [] : ["-rpc-header", `authorization: Bearer ${tokens[who]}`]);
  const reflect = ["-reflect-header", `authorization: Bearer ${tokens.reader}`];
  const call = (rpc: string, messages: readonly object[], who: Who, more: readonly string[] = []) =>
    run(
      [...reflect, ...as(who), ...more, "-d", "@"],
      [`${documentService}/${rpc}`],
      messages.map((message) => JSON.stringify(message)).join("\n"),
    );
  const client = {
    answers: async (rpc: string, messages: readonly object[]) =>
      succeeded(await call(rpc, messages, "editor"))
        .stdout.split(/^(?=\{)/m)
        .filter((part) => part.trim() !== "")
        .map((part) => JSON.parse(part) as unknown),
    fails: async (rpc: string, messages: readonly object[], who: Who) => {
      const { code, stdout, stderr } = await call(rpc, messages, who, ["-v"]);
      // The exit code is 64 more than the gRPC code.
      return { code: code - 64, shown: stdout + stderr };
    },
  };
  const protocol = ca === undefined ? "grpc" : "grpc over TLS";
  const check = (name: string, work: () => Promise<void>) => report.check("grpcurl", protocol, name, work);

  await check("list", async () => {
    const { stdout } = succeeded(await run(reflect, ["list"]));
    expectText(stdout, documentService);
    expectText(stdout, "grpc.health.v1.Health");
  });
  await check("list is refused without a token", async () => {
    const { code, stderr } = await run([], ["list"]);
    expectEqual(code, 1, "exit code");
    expectText(stderr, "code = Unauthenticated");
  });
  await check("describe, with our options", async () => {
    const { stdout } = succeeded(await run(reflect, ["describe", `${documentService}.GetDocument`]));
    expectText(stdout, '.wirehouse.auth.v1.policy) = { scopes: { all_of: [ "document:read" ] } }');
  });
  await check("describe a message, with its rules", async () => {
    const message = "partner.document.service.v1.GetDocumentRequest";
    const { stdout } = succeeded(await run(reflect, ["describe", message]));
    expectText(stdout, "(.buf.validate.field) = { string: { uuid: true } }");
  });
  await check("describe an unknown symbol", async () => {
    const { code, stderr } = await run(reflect, ["describe", "partner.document.v1.Nothing"]);
    expectEqual(code, 1, "exit code");
    expectText(stderr, "Symbol not found");
  });
  const protos = join(root, "proto/third_party");
  for (const version of reflectionVersions) {
    // grpcurl itself asks for v1 first, and for v1alpha only where there is none: so each is called as an RPC too.
    const schema = ["-import-path", protos, "-proto", `grpc/reflection/${version}/reflection.proto`];
    const service = `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    await check(`reflection ${version}`, async () => {
      const requests = [
        { listServices: "*" },
        { fileContainingSymbol: documentService },
        { fileByFilename: "no" },
      ];
      const input = requests.map((request) => JSON.stringify(request)).join("\n");
      const { stdout } = succeeded(await run([...schema, ...as("reader"), "-d", "@"], [service], input));
      expectText(stdout, `"name": "${documentService}"`);
      expectText(stdout, '"fileDescriptorProto"');
      expectText(stdout, '"errorCode": 5');
    });
    await check(`reflection ${version} is refused without a token`, async () => {
      const { code } = await run([...schema, "-d", '{"listServices": "*"}'], [service]);
      expectEqual(code, 64 + 16, "exit code");
    });
  }
  const health = ["-import-path", protos, "-proto", "grpc/health/v1/health.proto"];
  await check("health without a token", async () => {
    for (const service of ["", documentService]) {
      const request = JSON.stringify({ service });
      const { stdout } = succeeded(await run([...health, "-d", request], ["grpc.health.v1.Health/Check"]));
      expectText(stdout, '"status": "SERVING"');
    }
  });
  await check("health of an unknown service", async () => {
    const { code } = await run([...health, "-d", '{"service": "no"}'], ["grpc.health.v1.Health/Check"]);
    expectEqual(code, 64 + 5, "exit code");
  });
  await check("DEADLINE_EXCEEDED in a stream without end", async () => {
    const { code, stdout } = await call("WatchDocuments", [{}], "editor", ["-max-time", "1"]);
    expectEqual(code, 64 + 4, "exit code");
    expectText(stdout, '"heartbeat"');
  });
  await check("UNIMPLEMENTED", async () => {
    const service = "partner.identity.service.v1.IdentityService/WhoAmI";
    const schema = ["-import-path", join(root, "proto"), "-import-path", protos];
    const file = ["-proto", "partner/identity/service/v1/service.proto"];
    const { code } = await run([...schema, ...file, ...as("editor")], [service]);
    expectEqual(code, 64 + 12, "exit code");
  });
  await tryDocumentCalls(client, check);
}

/** The program on PATH, or where `go install` puts it. */
export function findGrpcurl(): string | undefined {
  const goBin = process.env.GOBIN || join(process.env.GOPATH || join(homedir(), "go"), "bin");
  return findProgram("grpcurl", "GRPCURL", [goBin]);
}

/** Starts to follow documents; resolves when the first message is there. */
export async function watchWithGrpcurl(grpcurl: string, url: string, token: string) {
  const schema = [join(root, "proto"), join(root, "proto/third_party")].flatMap((path) => [
    "-import-path",
    path,
  ]);
  const file = ["-proto", "partner/document/service/v1/service.proto"];
  const args = [...schema, ...file, "-plaintext", "-H", `authorization: Bearer ${token}`];
  const child = spawn(grpcurl, [...args, new URL(url).host, `${documentService}/WatchDocuments`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const code = once(child, "close").then(([exitCode]) => Number(exitCode) - 64);
  await Promise.race([once(child.stdout, "data"), code]);
  return { code };
}

/** What `go install` builds does not know its own version, but Go does. */
async function versionOf(grpcurl: string): Promise<string> {
  const { stdout, stderr } = await runProgram(grpcurl, ["-version"]);
  const own = /v\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0];
  const go = findProgram("go", "GO", ["/usr/local/go/bin"]);
  if (own !== undefined || go === undefined) {
    return own ?? "unknown";
  }
  const built = await runProgram(go, ["version", "-m", grpcurl]);
  return /\bmod\s+github\.com\/fullstorydev\/grpcurl\s+v(\S+)/.exec(built.stdout)?.[1] ?? "unknown";
}
