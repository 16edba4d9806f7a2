/**
 * Prevents that what runs here does not run in a container or on Kubernetes: a Containerfile whose steps fail or whose
 * result needs a file that it does not have, a manifest that the API refuses, a variable that no service reads, a pod that is
 * killed before it has drained.
 *
 * Needs kustomize (or kubectl), kubernetes-validate and hadolint; `--install` gets what is missing for this run. Needs no
 * Docker, so it cannot tell what only the base image or a cluster can.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { type BuiltImage, buildImage } from "./deploy-check/build-image.ts";
import { findProblems, type ServiceFacts } from "./deploy-check/manifests.ts";
import { sqliteIn, startImage } from "./deploy-check/start-image.ts";
import { findTools } from "./deploy-check/tools.ts";
import { run } from "./packaging/run.ts";

type ReadConfig = (
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
) => { shutdownGraceMs: number };

interface PostgresTesting {
  findPostgresPrograms(): object | undefined;
  startPostgresCluster(): Promise<{ createDatabase(name: string): Promise<string>; stop(): Promise<void> }>;
}

/** The oldest and the newest minor version of Kubernetes that the manifests must fit. */
const kubernetesVersions = ["1.32.0", "1.37.0"];
const overlays = ["development", "production"];
const services = ["identity-service", "document-service"];

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const deploy = join(root, "packages/platform/deploy");
const containerfile = join(deploy, "Containerfile");
const work = mkdtempSync(join(tmpdir(), "wirehouse-deploy-"));
const key = Buffer.alloc(32, 7).toString("base64");
// By path and at run time, as the services' files that they are: the root depends on no workspace package.
const load = async <Module>(file: string): Promise<Module> => await import(join(root, "packages", file));
const { readConfig: readIdentityConfig } = await load<{ readConfig: ReadConfig }>(
  "identity-service/src/config.ts",
);
const { readConfig: readDocumentConfig } = await load<{ readConfig: ReadConfig }>(
  "document-service/src/config.ts",
);
const { findPostgresPrograms, startPostgresCluster } = await load<PostgresTesting>(
  "storage/src/testing/index.ts",
);
let failed = 0;
try {
  await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function main(): Promise<void> {
  const tools = await attempt("tools", () =>
    findTools(process.argv.includes("--install") ? join(work, "tools") : undefined),
  );
  if (tools !== undefined) {
    await attempt("Containerfile: hadolint", () => run(tools.hadolint, [containerfile], root));
  }
  await attempt("Containerfile: the Node.js of the tests", () => {
    const { version } = JSON.parse(readFileSync(join(root, "node_modules/node/package.json"), "utf8"));
    if (!readFileSync(containerfile, "utf8").includes(`/node:${version}-`)) {
      throw new Error(`the image is not node:${version}`);
    }
  });
  const images = new Map<string, BuiltImage>();
  for (const service of services) {
    const image = await attempt(`${service}: build as the Containerfile says`, () =>
      buildImage(root, containerfile, service, join(work, service)),
    );
    if (image !== undefined) {
      images.set(service, image);
      await attempt(`${service}: start on SQLite, read-only but for its data`, async () => {
        const data = join(work, `${service}-data`);
        await startImage(image, data, { DATABASE_URL: sqliteIn(data), IDENTITY_KEY_ENCRYPTION_KEY: key });
      });
    }
  }
  if (findPostgresPrograms() === undefined) {
    console.log("skip  start on PostgreSQL: it is not installed (Debian: postgresql)");
  } else {
    const cluster = await startPostgresCluster();
    try {
      for (const [service, image] of images) {
        await attempt(`${service}: start on PostgreSQL`, async () =>
          startImage(image, join(work, "nothing"), {
            DATABASE_URL: await cluster.createDatabase(service.replace("-", "_")),
            IDENTITY_KEY_ENCRYPTION_KEY: key,
          }),
        );
      }
    } finally {
      await cluster.stop();
    }
  }
  for (const overlay of tools === undefined ? [] : overlays) {
    const [program = "", ...args] = tools?.kustomize ?? [];
    const rendered = await attempt(`${overlay}: render`, () =>
      run(program, [...args, join(deploy, "overlays", overlay)], root),
    );
    if (rendered === undefined || tools === undefined) {
      continue;
    }
    const file = join(work, `${overlay}.yaml`);
    writeFileSync(file, rendered);
    for (const version of kubernetesVersions) {
      await attempt(`${overlay}: schemas of Kubernetes ${version}`, () =>
        run(tools.kubernetesValidate, ["--strict", "-k", version, file], root),
      );
    }
    await attempt(`${overlay}: fits the services`, () => {
      const problems = findProblems(
        parseAllDocuments(rendered).map((document) => document.toJS()),
        factsOf(images),
      );
      if (problems.length > 0) {
        throw new Error(problems.join("\n"));
      }
    });
  }
}

function factsOf(images: ReadonlyMap<string, BuiltImage>): Record<string, ServiceFacts> {
  const database = { DATABASE_URL: "postgres://service@postgres.example.com/service?sslmode=verify-full" };
  const common = { also: ["LOG_LEVEL", "NODE_ENV"] };
  return {
    "identity-service": {
      ...common,
      readConfig: (env) => readIdentityConfig(env, () => undefined),
      imageEnv: images.get("identity-service")?.env ?? {},
      secrets: {
        ...database,
        IDENTITY_KEY_ENCRYPTION_KEY: key,
        IDENTITY_BOOTSTRAP_USERNAME: "operator",
        IDENTITY_BOOTSTRAP_SECRET: "sixteen characters or more",
      },
    },
    "document-service": {
      ...common,
      readConfig: (env) => readDocumentConfig(env, () => undefined),
      imageEnv: images.get("document-service")?.env ?? {},
      secrets: {
        ...database,
        DOCUMENT_IDENTITY_USERNAME: "document-service",
        DOCUMENT_IDENTITY_SECRET: "sixteen characters or more",
      },
    },
  };
}

async function attempt<Result>(
  title: string,
  action: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  const started = performance.now();
  try {
    const result = await action();
    console.log(`ok    ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (reason) {
    failed++;
    console.log(`FAIL  ${title}\n${reason instanceof Error ? reason.message : reason}`);
    return undefined;
  }
}
