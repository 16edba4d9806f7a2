import * as v from "valibot";
import { failure } from "../errors.ts";
import { validateYaml, type YamlFile } from "./yaml-file.ts";

/** One module of a buf v2 workspace. Paths are relative to the workspace root, forward slashes, "." for the root. */
export interface ProtoModule {
  readonly path: string;
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
}

export interface BufYaml {
  readonly modules: readonly ProtoModule[];
  /** Whether modules of a registry are depended on: their files are not in this tree. */
  readonly hasRemoteDeps: boolean;
}

/** Read by buf itself and passed through: their keys are buf's business. */
const opaque = v.optional(v.unknown());
const paths = v.optional(v.nullable(v.array(v.string())));

const schema = v.strictObject({
  version: v.literal("v2"),
  name: opaque,
  modules: v.optional(
    v.nullable(
      v.array(
        v.strictObject({
          path: v.optional(v.string()),
          name: opaque,
          includes: paths,
          excludes: paths,
          lint: opaque,
          breaking: opaque,
        }),
      ),
    ),
  ),
  deps: v.optional(v.nullable(v.array(v.string()))),
  lint: opaque,
  breaking: opaque,
  plugins: opaque,
  policies: opaque,
});

/** @throws WirehouseError CONFIG */
export function parseBufYaml(file: YamlFile): BufYaml {
  refuseV1(file);
  const value = validateYaml(file, schema);
  const modules = (value.modules ?? [{}]).map((module) => ({
    path: normalize(module.path ?? "."),
    includes: (module.includes ?? []).map(normalize),
    excludes: (module.excludes ?? []).map(normalize),
  }));
  return { modules, hasRemoteDeps: (value.deps ?? []).length > 0 };
}

/** v1 files are understood well enough to say what to do with them. */
export function refuseV1(file: YamlFile): void {
  const version = (file.value as { version?: unknown } | null)?.version;
  if (version === undefined || version === "v1" || version === "v1beta1") {
    throw failure(
      "CONFIG",
      version === undefined
        ? `${file.path} has no "version"; wirehouse reads version v2`
        : `${file.path} is version ${version}; wirehouse reads version v2`,
      {
        ...file.locate(version === undefined ? [] : ["version"]),
        help: "run `buf config migrate`: it rewrites buf.yaml, buf.work.yaml and buf.gen.yaml to v2, with the same meaning",
      },
    );
  }
}

function normalize(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? "." : parts.join("/");
}
