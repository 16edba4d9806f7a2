import { runProcess } from "../io/process.ts";

/** What git knows of how an output came to differ from what its inputs give. */
export type GitCause =
  /** Inputs changed and the output did not. `commit` is the newest one that changed them; without: not committed. */
  | { readonly kind: "stale"; readonly inputs: readonly string[]; readonly commit?: string }
  /** The output changed and its inputs did not. */
  | { readonly kind: "edited"; readonly commit?: string };

/** Commits that are looked at: drift is found soon, or its cause does not matter any more. */
const depth = 500;

interface Commit {
  readonly id: string;
  readonly paths: ReadonlySet<string>;
}

interface Repository {
  /** Paths that differ from the last commit, or are not in it. */
  readonly dirty: ReadonlySet<string>;
  /** Newest first. The first commit of a shallow clone has all paths, as if all were new. */
  readonly commits: readonly Commit[];
}

/**
 * Tells causes of drift by asking git, once and only when it is needed. For a checkout that no earlier run knows,
 * such as one of CI. Takes no lock and writes nothing, the index least of all.
 */
export class GitCauses {
  readonly #root: string;
  #repository: Promise<Repository | undefined> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * @param inputs files that the output depends on, relative to the workspace root
   * @returns undefined where git cannot tell, or is not there
   */
  async causeOf(output: string, inputs: readonly string[]): Promise<GitCause | undefined> {
    this.#repository ??= readRepository(this.#root);
    const repository = await this.#repository;
    return repository && judge(repository, output, inputs);
  }
}

function judge(
  { dirty, commits }: Repository,
  output: string,
  inputs: readonly string[],
): GitCause | undefined {
  const dirtyInputs = inputs.filter((input) => dirty.has(input));
  if (dirtyInputs.length > 0) {
    return { kind: "stale", inputs: dirtyInputs };
  }
  if (dirty.has(output)) {
    return { kind: "edited" };
  }
  const last = commits.findIndex((commit) => commit.paths.has(output));
  const newer = commits.slice(0, Math.max(last, 0));
  const changed = inputs.filter((input) => newer.some((commit) => commit.paths.has(input)));
  const commit = newer.find(({ paths }) => changed.some((input) => paths.has(input)));
  if (commit !== undefined) {
    return { kind: "stale", inputs: changed, commit: commit.id };
  }
  const own = commits[last];
  return own === undefined || inputs.some((input) => own.paths.has(input))
    ? undefined
    : { kind: "edited", commit: own.id };
}

async function readRepository(root: string): Promise<Repository | undefined> {
  const prefix = await git(root, "rev-parse", "--show-prefix");
  const status = await git(
    root,
    "status",
    "--porcelain",
    "-z",
    "--no-renames",
    "--untracked-files=all",
    "--",
    ".",
  );
  const log = await git(
    root,
    "log",
    `--max-count=${depth}`,
    "--format=%x01%h",
    "-z",
    "--name-only",
    "--no-renames",
    "--",
    ".",
  );
  if (prefix === undefined || status === undefined || log === undefined) {
    return undefined;
  }
  const below = prefix.trim();
  const toPath = (path: string) => (path.startsWith(below) ? path.slice(below.length) : path);
  const commits: { id: string; paths: Set<string> }[] = [];
  for (const entry of log.split("\0").map((text) => text.replace(/^\n+/, ""))) {
    if (entry.startsWith("\u0001")) {
      const [id = "", first] = entry.slice(1).split("\n").filter(Boolean);
      commits.push({ id, paths: new Set(first === undefined ? [] : [toPath(first)]) });
    } else if (entry !== "") {
      commits.at(-1)?.paths.add(toPath(entry));
    }
  }
  return {
    dirty: new Set(
      status
        .split("\0")
        .filter(Boolean)
        .map((entry) => toPath(entry.slice(3))),
    ),
    commits,
  };
}

async function git(root: string, ...args: string[]): Promise<string | undefined> {
  const result = await runProcess("git", args, {
    cwd: root,
    // Not even the stamps that `status` would refresh in the index are written.
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
  });
  return result.kind === "exit" && result.code === 0 ? result.stdout.toString("utf8") : undefined;
}
