/**
 * Prevents that the services work only with clients that we wrote, or that share our library: a status that another
 * gRPC takes for a broken stream, metadata that never arrives, a schema that only protobuf-es can read.
 *
 *   pnpm interop:clients [--require]
 *
 * Starts the real services, on SQLite in a temporary folder, and calls them with buf curl, grpcurl, grpcio and grpc-js:
 * in cleartext, over TLS, and with access tokens that live for two seconds. Then our client calls a server on grpcio.
 * docs/interop.md says what is checked and what to install. A client that is not installed is skipped and said so;
 * with --require, as in CI, that is a failure.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { parseArgs } from "node:util";
import { tryBufCurl } from "./buf-curl.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { tryDraining } from "./draining.ts";
import { tryGrpcJs } from "./grpc-js.ts";
import { tryGrpcurl } from "./grpcurl.ts";
import { tryOwnClient } from "./own-client.ts";
import { type PythonSuite, preparePython, tryPython } from "./python.ts";
import { Report } from "./report.ts";
import { type Platform, seed } from "./seed.ts";
import { startServices } from "./services.ts";

const { values } = parseArgs({ options: { require: { type: "boolean", default: false } } });
const isRequired = values.require;
const work = mkdtempSync(join(tmpdir(), "wirehouse-interop-clients-"));
const report = new Report();
try {
  const python = await preparePython(work);
  if (typeof python === "string") {
    report.missing("grpcio", python, isRequired);
  } else {
    report.versions.set("grpcio", python.version);
  }
  const tryGrpcio = async (platform: Platform, suites: readonly PythonSuite[], ca?: string) => {
    if (typeof python !== "string") {
      await tryPython({ report, platform, ca }, python, suites);
    }
  };

  await withPlatform("cleartext", { accessTokenSeconds: 300 }, async (platform) => {
    await tryBufCurl({ report, platform });
    await tryGrpcurl({ report, platform, isRequired });
    await tryGrpcio(platform, ["calls", "transport"]);
    await tryGrpcJs({ report, platform });
    await tryDraining(report, platform);
  });

  const tls = await makeCertificate(work);
  if (typeof tls === "string") {
    report.missing("all over TLS", tls, isRequired);
  } else {
    const ca = tls.certFile;
    setDefaultCACertificates([...getCACertificates(), readFileSync(ca, "utf8")]);
    await withPlatform("tls", { accessTokenSeconds: 300, tls }, async (platform) => {
      await tryBufCurl({ report, platform, ca });
      await tryGrpcurl({ report, platform, isRequired, ca });
      await tryGrpcio(platform, ["calls"], ca);
      await tryGrpcJs({ report, platform, ca });
    });
  }

  if (typeof python !== "string") {
    await withPlatform("short", { accessTokenSeconds: 2 }, (platform) =>
      tryGrpcio(platform, ["short-tokens"]),
    );
    await tryOwnClient(report, python);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const [passed, failed, skipped] = (["passed", "failed", "skipped"] as const).map((outcome) =>
  report.count(outcome),
);
console.log(`\n${report.table()}\n\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/** Services that start, or stop, not as they should are a failure like any other. */
async function withPlatform(
  name: string,
  options: { readonly accessTokenSeconds: number; readonly tls?: Certificate },
  use: (platform: Platform) => Promise<void>,
): Promise<void> {
  await report.check("services", name, "start, serve and stop", async () => {
    const services = await startServices({ folder: join(work, name), ...options });
    try {
      await use(await seed(services));
    } finally {
      await services.stop();
    }
  });
}
