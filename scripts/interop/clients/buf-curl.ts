import { join } from "node:path";
import { documentService, tryDocumentCalls, type Who } from "./document-calls.ts";
import { expectEqual, expectText } from "./expect.ts";
import { root } from "./paths.ts";
import type { Report } from "./report.ts";
import { type Ended, runProgram, succeeded } from "./run-program.ts";
import { type Platform, tokensOf } from "./seed.ts";

const program = join(root, "node_modules/.bin/buf");
const protocols = ["grpc", "grpcweb", "connect"] as const;

interface BufCurlContext {
  readonly report: Report;
  readonly platform: Platform;
  /** The authority of the servers' certificate, where they speak TLS. */
  readonly ca?: string | undefined;
}

/** `buf curl`, which is connect-go: every protocol, with the schema from the server and from the sources. */
export async function tryBufCurl(context: BufCurlContext): Promise<void> {
  const { report, ca } = context;
  const { stderr, stdout } = await runProgram(program, ["--version"]);
  report.versions.set("buf curl", (stdout + stderr).trim());
  for (const protocol of protocols) {
    await tryProtocol(context, protocol, "reflection");
    if (ca === undefined) {
      await tryProtocol(context, protocol, "protos");
    }
  }
}

async function tryProtocol(
  { report, platform, ca }: BufCurlContext,
  protocol: (typeof protocols)[number],
  schema: "reflection" | "protos",
): Promise<void> {
  const tokens = await tokensOf(platform);
  const authorization = (who: keyof typeof tokens) => ["--header", `authorization: Bearer ${tokens[who]}`];
  const trust = ca === undefined ? ["--http2-prior-knowledge"] : ["--cacert", ca];
  const curl = (args: readonly string[], input = ""): Promise<Ended> =>
    runProgram(program, ["curl", "--protocol", protocol, ...trust, ...args], { input, cwd: root });
  const schemaArgs =
    schema === "protos"
      ? ["--schema", join(root, "proto")]
      : ["--reflect-header", `authorization: Bearer ${tokens.reader}`];
  const call = (rpc: string, messages: readonly object[], who: Who): Promise<Ended> => {
    const more = who === "nobody" ? [] : authorization(who);
    const url = `${platform.documentUrl}/${documentService}/${rpc}`;
    const input = messages.map((message) => JSON.stringify(message)).join("\n");
    return curl([...schemaArgs, ...more, "--verbose", "--data", "@-", url], input);
  };
  /** `buf curl` does not print the trailers of a unary answer in gRPC-Web, which are in the body. */
  const readTrailers = async (rpc: string, who: Who): Promise<string> => {
    const headers = new Headers({ "content-type": "application/grpc-web+proto" });
    if (who !== "nobody") {
      headers.set("authorization", `Bearer ${tokens[who]}`);
    }
    const url = `${platform.documentUrl}/${documentService}/${rpc}`;
    return await (await fetch(url, { method: "POST", headers, body: new Uint8Array(5) })).text();
  };
  const client = {
    answers: async (rpc: string, messages: readonly object[]) =>
      parseAll(succeeded(await call(rpc, messages, "editor")).stdout),
    fails: async (rpc: string, messages: readonly object[], who: Who) => {
      const { code, stderr } = await call(rpc, messages, who);
      const trailers = protocol === "grpcweb" ? await readTrailers(rpc, who) : "";
      // The exit code is the gRPC code, shifted, so that the program's own codes are apart.
      return { code: code >> 3, shown: stderr + trailers };
    },
  };
  const title = `${protocol}${ca === undefined ? "" : " over TLS"}, schema by ${schema}`;
  const check = (name: string, work: () => Promise<void>) => report.check("buf curl", title, name, work);

  if (schema === "reflection") {
    for (const version of ["grpc-v1", "grpc-v1alpha"]) {
      const list = ["--list-services", "--reflect-protocol", version];
      await check(`lists services by ${version}`, async () => {
        const { stdout } = succeeded(await curl([...list, ...schemaArgs, platform.documentUrl]));
        expectText(stdout, documentService);
      });
      await check(`gets no schema by ${version} without a token`, async () => {
        const { code, stdout } = await curl([...list, platform.documentUrl]);
        expectEqual(code === 0, false, "success");
        expectEqual(stdout, "", "services");
      });
    }
  }
  await tryDocumentCalls(client, check);
}

/** The messages that were printed one after the other, each over several lines. */
function parseAll(stdout: string): unknown[] {
  const parts = stdout.split(/^(?=\{)/m).filter((part) => part.trim() !== "");
  return parts.map((part) => JSON.parse(part));
}
