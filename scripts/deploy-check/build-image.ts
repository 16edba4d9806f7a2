import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outsideEnvironment, run } from "../packaging/run.ts";
import { copyContext, inStage, makeWorkdir, readContainerfile } from "./containerfile.ts";

/** What the last stage of a Containerfile leaves. */
export interface BuiltImage {
  /** The folder that stands for its WORKDIR. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly base: string;
  readonly user: string;
}

/**
 * Carries a Containerfile out without a container: each stage in a folder of its own, its commands with this Node.js and
 * without this repository on PATH. What the base image has, and that only a container is confined, stays unchecked.
 */
export function buildImage(root: string, file: string, service: string, folder: string): BuiltImage {
  const stages = readContainerfile(readFileSync(file, "utf8"), { SERVICE: service });
  const env = { ...outsideEnvironment(root, dirname(process.execPath), join(folder, "cache")), CI: "true" };
  let image: BuiltImage | undefined;
  for (const [index, stage] of stages.entries()) {
    const stageRoot = join(folder, stage.name || `stage-${index}`);
    let workdir = "/";
    const variables: Record<string, string> = {};
    let entrypoint: string[] = [];
    let user = "root";
    for (const { name, text } of stage.instructions) {
      if (name === "WORKDIR") {
        workdir = text;
        makeWorkdir(stageRoot, workdir);
      } else if (name === "ENV") {
        Object.assign(variables, Object.fromEntries(text.split(" ").map((pair) => pair.split("="))));
      } else if (name === "COPY" && text === ". .") {
        copyContext(root, inStage(stageRoot, "/", workdir), readFileSync(`${file}.dockerignore`, "utf8"));
      } else if (name === "COPY") {
        const [, from = "", source = "", target = ""] = /^--from=(\S+) (\S+) (\S+)$/.exec(text) ?? [];
        cpSync(inStage(join(folder, from), "/", source), inStage(stageRoot, workdir, target), {
          recursive: true,
        });
      } else if (name === "RUN") {
        run("sh", ["-c", text], inStage(stageRoot, "/", workdir), { ...env, ...variables });
      } else if (name === "ENTRYPOINT") {
        // The exec form is JSON. A shell form is not, and would be process 1 in place of the service.
        entrypoint = JSON.parse(text) as string[];
      } else if (name === "USER") {
        user = text;
      } else if (name !== "EXPOSE" && name !== "STOPSIGNAL") {
        throw new Error(`${name} is not known here`);
      }
    }
    image = {
      workdir: inStage(stageRoot, "/", workdir),
      env: variables,
      entrypoint,
      base: stage.base,
      user,
    };
  }
  if (image === undefined) {
    throw new Error(`${file} has no FROM`);
  }
  return image;
}
