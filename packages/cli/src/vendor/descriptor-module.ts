import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { failure } from "../errors.ts";
import type { InstalledPackage } from "../execute/npm-lookup.ts";
import { runProcess } from "../io/process.ts";
import type { VendorPackage } from "../workspace/wirehouse-yaml.ts";
import { readLeadingNotice, readTypeComments } from "./module-comments.ts";

/** The descriptor that a module of generated code carries. */
export interface EmbeddedDescriptor {
  /** The file and everything it imports, imports first. */
  readonly files: readonly FileDescriptorProto[];
  /** The copyright notice at the head of the module, without comment marks. */
  readonly notice: string;
  /** Doc comment by "<kind> <full name>", from the module's .d.ts where it has one. */
  readonly comments: ReadonlyMap<string, string>;
}

/** Milliseconds that the module may take to load. */
const timeoutMs = 30_000;

/**
 * Runs in a Node.js process of its own, without the environment and, where this Node.js can, without the right
 * to write or to start anything: importing a module of a package runs the package's code.
 * The protobuf runtime is the one that the package itself uses, so that the two agree.
 */
const program = `
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const [specifier, importPath, manifest] = process.argv.slice(1);
const require = createRequire(manifest);
const load = async (name) => {
  const module = await import(pathToFileURL(require.resolve(name)).href);
  return { ...module.default, ...module };
};
const module = await import(specifier);
const found = Object.values({ ...module.default, ...module }).find(
  (value) => value?.kind === "file" && value.proto?.name === importPath,
);
const lines = [];
const seen = new Set();
if (found !== undefined) {
  const { toBinary } = await load("@bufbuild/protobuf");
  const { FileDescriptorProtoSchema } = await load("@bufbuild/protobuf/wkt");
  const visit = (file) => {
    if (!seen.has(file.proto.name)) {
      seen.add(file.proto.name);
      file.dependencies.forEach(visit);
      lines.push("file " + Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)).toString("base64"));
    }
  };
  visit(found);
}
lines.push("module " + import.meta.resolve(specifier));
process.stdout.write("\\n" + lines.join("\\n") + "\\n");
`;

/**
 * Takes the descriptor of `importPath` out of a module of generated code (protobuf-es v2). Runs the module's
 * code, in a process of its own; only packages that wirehouse.yaml names are ever loaded.
 * @throws WirehouseError CONFIG when the module is not the package's, does not load, or has no such descriptor
 */
export async function loadDescriptors(
  root: string,
  config: VendorPackage,
  importPath: string,
  module: string,
  installed: InstalledPackage,
): Promise<EmbeddedDescriptor> {
  const place = config.locate(["descriptors", importPath]);
  if (module !== config.name && !module.startsWith(`${config.name}/`)) {
    throw failure("CONFIG", `${module} is no module of ${config.name}`, {
      ...place,
      help: `write what code would import: \`${config.name}/…\``,
    });
  }
  const manifest = `${installed.directory}/package.json`;
  const result = await runProcess(
    process.execPath,
    [...sandbox(), "--input-type=module", "--eval", program, "--", module, importPath, manifest],
    { cwd: root, env: {}, timeoutMs },
  );
  if (result.kind !== "exit" || result.code !== 0) {
    throw failure("CONFIG", `${module} cannot be loaded: ${reasonOf(result)}`, {
      ...place,
      help: "check the name against the package's `exports`",
    });
  }
  const lines = result.stdout.toString("utf8").split("\n");
  const files = valuesOf(lines, "file").map((line) =>
    fromBinary(FileDescriptorProtoSchema, Buffer.from(line, "base64")),
  );
  if (files.length === 0) {
    throw failure("CONFIG", `${module} carries no descriptor of ${importPath}`, {
      ...place,
      help: "name the module that protoc-gen-es (version 2) generated for this file",
    });
  }
  const url = valuesOf(lines, "module")[0] ?? "";
  const packageName = files.at(-1)?.package ?? "";
  return { files, notice: readLeadingNotice(url), comments: readTypeComments(url, packageName) };
}

function sandbox(): string[] {
  return process.allowedNodeEnvironmentFlags.has("--permission")
    ? ["--permission", "--allow-fs-read=*", "--no-warnings"]
    : ["--no-warnings"];
}

function valuesOf(lines: readonly string[], kind: string): string[] {
  return lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
}

function reasonOf(result: Awaited<ReturnType<typeof runProcess>>): string {
  switch (result.kind) {
    case "exit": {
      const lines = result.stderr.split("\n");
      return lines.find((line) => /^\w*Error\b/.test(line)) ?? `it ended with exit code ${result.code}`;
    }
    case "signal":
      return `it was ended by ${result.signal}`;
    case "timeout":
      return `it took more than ${timeoutMs / 1000} seconds`;
    case "aborted":
      return "it was interrupted";
    case "spawn":
      return `Node.js did not start: ${result.code}`;
  }
}
