import { hash } from "node:crypto";
import { join } from "node:path";
import { cacheDirectory } from "../cache/cache-directory.ts";
import { unlessClean } from "../cache/clean-mark.ts";
import { checkoutDirectory, type RunState } from "../cache/state.ts";
import { type Evaluation, evaluate } from "../execute/evaluate.ts";
import type { TreeChange } from "../plan/diff-tree.ts";
import { explainUnit } from "../plan/explain.ts";
import { firstDifference } from "../plan/first-difference.ts";
import { makePlan } from "../plan/make-plan.ts";
import { compareFindings, type Finding } from "../report/finding.ts";
import { vendorStamps } from "../vendor/vendor-stamps.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { type RunOptions, withSession } from "./context.ts";
import { GitCauses } from "./git-causes.ts";

const mend = "run `wirehouse generate`";

/**
 * Compares the output folders with what their inputs give, and says for each file that differs what happened
 * to it. Reads only: the tree, its times and git's index are afterwards what they were.
 * @throws WirehouseError where the comparison cannot be made: never a pass for want of knowledge
 */
export function check(options: RunOptions): Promise<Finding[]> {
  return withSession(options, async (session) => {
    const { workspace, survey } = session;
    const vendored = await checkVendored(workspace);
    if (session.unbroken !== undefined) {
      return vendored;
    }
    const state = session.readState();
    const plan = makePlan(workspace, session.programs, survey, state);
    const evaluation = await evaluate(plan, survey, state, {
      cache: session.cache,
      remote: session.remote,
      progress: session.progress,
      signal: options.signal,
      unpatched: options.unpatched ?? false,
      pool: options.pool,
    });
    const findings = [
      ...vendored,
      ...(await describeChanges(evaluation, state)),
      ...evaluation.foreign.map(
        (path): Finding => ({
          rule: "DRIFT_FOREIGN",
          severity: "error",
          message: `${path} is in an output folder, and nothing shows that it was generated`,
          path,
          help: "move it out of the output folder, or delete it",
        }),
      ),
    ];
    return findings.sort(compareFindings);
  });
}

/** The vendor folder's findings. What was clean is not looked at again while the stamps of its files are the same. */
async function checkVendored(workspace: Workspace): Promise<Finding[]> {
  const mark = join(checkoutDirectory(cacheDirectory(), workspace.root), "vendor-clean");
  const findings = await unlessClean(mark, vendorStamps(workspace, Date.now()), async () => {
    const { checkVendor } = await import("../vendor/check-vendor.ts");
    return checkVendor(workspace);
  });
  return [...findings];
}

async function describeChanges(evaluation: Evaluation, state: RunState): Promise<Finding[]> {
  const git = new GitCauses(evaluation.plan.workspace.root);
  const { changes } = evaluation;
  const removed = new Map(
    changes.filter(({ kind }) => kind === "remove").map(({ path }) => [path.toLowerCase(), path]),
  );
  const renamed = new Set<string>();
  const findings: Finding[] = [];
  for (const change of changes.filter(({ kind }) => kind !== "remove")) {
    const other = removed.get(change.path.toLowerCase());
    if (change.kind === "create" && other !== undefined) {
      renamed.add(other);
      findings.push(
        drift("DRIFT_CASE", change.path, `the file is named ${other}: the case of its name differs`),
      );
    } else if (change.kind === "create") {
      const causes = because(evaluation, state, change.path);
      findings.push(drift("DRIFT_MISSING", change.path, `the file is missing${causes}`));
    } else {
      findings.push(await describeUpdate(evaluation, state, git, change));
    }
  }
  const orphans = changes
    .filter(({ kind, path }) => kind === "remove" && !renamed.has(path))
    .map(({ path }) =>
      drift("DRIFT_ORPHAN", path, "nothing generates this file (any more): it is an orphan"),
    );
  return [...findings, ...orphans];
}

async function describeUpdate(
  evaluation: Evaluation,
  state: RunState,
  git: GitCauses,
  { path }: TreeChange,
): Promise<Finding> {
  const { desired, tree } = evaluation;
  const file = desired.get(path);
  const actual = tree.file(path);
  if (actual === undefined) {
    return drift("DRIFT_KIND", path, "something that is no regular file stands in its place");
  }
  const found = tree.read(path);
  if (
    hash("sha256", Buffer.from(found.toString("latin1").replaceAll("\r\n", "\n"), "latin1")) === file?.digest
  ) {
    return {
      ...drift("DRIFT_CRLF", path, "the file has CRLF line endings where LF are generated"),
      help: `${mend}, and let git leave these files alone: \`<out>/** text eol=lf\` in .gitattributes`,
    };
  }
  const difference = firstDifference(found.toString(), Buffer.from(evaluation.content(path)).toString());
  const place = { line: difference.line, source: difference.found };
  const record = state.outputs[path];
  if (file !== undefined && record?.digest === file.digest) {
    return {
      ...drift("DRIFT_EDITED", path, "the file was changed by hand after it was generated"),
      ...place,
    };
  }
  if (file?.unit === undefined) {
    return {
      ...drift(
        "DRIFT_PACKAGE",
        path,
        "the package's file is not what the import graph and wirehouse.yaml give",
      ),
      ...place,
    };
  }
  const causes = because(evaluation, state, path);
  if (causes !== "") {
    return { ...drift("DRIFT_STALE", path, `the file is stale${causes}`), ...place };
  }
  return { ...(await describeUnknown(evaluation, git, path, difference)), ...place };
}

/** Without a record of an earlier run the texts tell, or git. */
async function describeUnknown(
  evaluation: Evaluation,
  git: GitCauses,
  path: string,
  { found, wanted }: { readonly found: string; readonly wanted: string },
): Promise<Finding> {
  const isHeader = /@generated|Code generated|^\/\/ +protoc/;
  if (isHeader.test(found) && isHeader.test(wanted)) {
    const message = `the file is stale: its header says that another version of the plugin, or other options, made it ("${wanted.trim()}" is due)`;
    return drift("DRIFT_STALE", path, message);
  }
  const cause = await git.causeOf(path, inputsOf(evaluation, path));
  switch (cause?.kind) {
    case "stale": {
      const when = cause.commit === undefined ? "since the last commit" : `in commit ${cause.commit}`;
      return drift("DRIFT_STALE", path, `the file is stale: ${cause.inputs.join(", ")} changed ${when}`);
    }
    case "edited": {
      const when =
        cause.commit === undefined
          ? "after it was committed"
          : `in commit ${cause.commit}, its inputs were not`;
      return drift("DRIFT_EDITED", path, `the file was changed by hand ${when}`);
    }
    default:
      return drift(
        "DRIFT_STALE",
        path,
        "the file is not what its inputs give: a .proto file was changed without generating, or this file was changed by hand",
      );
  }
}

/** The files that an output depends on. */
function inputsOf({ plan, desired }: Evaluation, path: string): string[] {
  const id = desired.get(path)?.unit;
  const generate = plan.units.find((unit) => unit.id === id)?.generate ?? [];
  const protos = new Set(generate.flatMap((proto) => [...plan.graph.closure(proto)]));
  return [
    "buf.gen.yaml",
    "wirehouse.yaml",
    ...[...protos].flatMap((proto) => plan.graph.get(proto)?.file ?? []),
  ];
}

function because({ plan, desired }: Evaluation, state: RunState, path: string): string {
  const id = desired.get(path)?.unit;
  const unit = plan.units.find((candidate) => candidate.id === id);
  const causes = (unit && explainUnit(plan, state, unit)) ?? [];
  return causes.length === 0 ? "" : `: ${causes.join("; ")}`;
}

function drift(rule: string, path: string, message: string): Finding {
  return { rule, severity: "error", message, path, help: mend };
}
