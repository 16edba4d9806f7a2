import { failure } from "../errors.ts";
import { runProcess } from "../io/process.ts";
import type { Finding } from "../report/finding.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { type BufCheckOptions, runBufCheck } from "./buf-check.ts";

export interface BreakingOptions extends BufCheckOptions {
  readonly cwd: string;
  /** A git revision. Default: `HEAD` if the tree differs from it in .proto files, else the commit before. */
  readonly against?: string | undefined;
}

export interface BreakingResult {
  readonly findings: Finding[];
  /** The commit that was compared with, abbreviated. */
  readonly against: string;
}

/**
 * Runs `buf breaking` against a commit of this repository.
 * @throws WirehouseError USAGE when the commit is not to be had, as in a shallow clone: that is never a pass
 */
export async function breaking(options: BreakingOptions): Promise<BreakingResult> {
  const { root } = loadWorkspace(options.cwd);
  const git = async (...args: string[]) => {
    const result = await runProcess("git", args, {
      cwd: root,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
      signal: options.signal,
    });
    if (result.kind === "spawn") {
      throw failure("USAGE", `git could not be started (${result.code}): there is nothing to compare with`, {
        help: "install git",
      });
    }
    return result.kind === "exit" && result.code === 0 ? result.stdout.toString("utf8").trim() : undefined;
  };
  const top = await git("rev-parse", "--show-toplevel");
  if (top === undefined) {
    throw failure("USAGE", `${root} is not in a git repository: there is nothing to compare with`);
  }
  const wanted = options.against ?? (await defaultRevision(git));
  const commit = await git("rev-parse", "--verify", "--quiet", `${wanted}^{commit}`);
  if (commit === undefined) {
    const shallow = (await git("rev-parse", "--is-shallow-repository")) === "true";
    throw failure(
      "USAGE",
      `the commit ${wanted} is not in this repository${shallow ? ", which is a shallow clone" : ""}: nothing was compared`,
      {
        help: shallow
          ? "fetch more history (`git fetch --deepen=1`, or `fetch-depth: 0` in actions/checkout), then run this again"
          : "name a commit that exists with --against",
      },
    );
  }
  const prefix = (await git("rev-parse", "--show-prefix")) ?? "";
  const reference = [
    `ref=${commit}`,
    ...(prefix === "" ? [] : [`subdir=${prefix.replace(/\/$/, "")}`]),
  ].join();
  const gitDirectory =
    (await git("rev-parse", "--path-format=absolute", "--git-common-dir")) ?? `${top}/.git`;
  const findings = await runBufCheck(
    root,
    ["breaking", "--against", `${gitDirectory}#format=git,${reference}`],
    options,
  );
  return { findings, against: commit.slice(0, 12) };
}

/** In a changed tree what is being changed is compared; in a clean one, as in CI, the last commit. */
async function defaultRevision(git: (...args: string[]) => Promise<string | undefined>): Promise<string> {
  const changes = await git("status", "--porcelain", "--", "*.proto", "buf.yaml");
  return changes === "" ? "HEAD~1" : "HEAD";
}
