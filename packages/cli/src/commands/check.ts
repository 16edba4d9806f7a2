import { hash } from "node:crypto";
import type { RunState } from "../cache/state.ts";
import { type Evaluation, evaluate } from "../execute/evaluate.ts";
import type { TreeChange } from "../plan/diff-tree.ts";
import { explainUnit } from "../plan/explain.ts";
import { firstDifference } from "../plan/first-difference.ts";
import { makePlan } from "../plan/make-plan.ts";
import { compareFindings, type Finding } from "../report/finding.ts";
import { checkVendor } from "../vendor/check-vendor.ts";
import { type RunOptions, withSession } from "./context.ts";

const mend = "run `wirehouse generate`";

/**
 * Compares the output folders with what their inputs give, and says for each file that differs what happened
 * to it. Reads only: the tree, its times and git's index are afterwards what they were.
 * @throws WirehouseError where the comparison cannot be made: never a pass for want of knowledge
 */
export function check(options: RunOptions): Promise<Finding[]> {
  return withSession(options, async (session) => {
    const { workspace, survey } = session;
    const vendored = await checkVendor(workspace);
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
      ...describeChanges(evaluation, state),
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

function describeChanges(evaluation: Evaluation, state: RunState): Finding[] {
  const { changes } = evaluation;
  const removed = new Map(
    changes.filter(({ kind }) => kind === "remove").map(({ path }) => [path.toLowerCase(), path]),
  );
  const renamed = new Set<string>();
  const findings = changes
    .filter(({ kind }) => kind !== "remove")
    .map((change): Finding => {
      const other = removed.get(change.path.toLowerCase());
      if (change.kind === "create" && other !== undefined) {
        renamed.add(other);
        return drift("DRIFT_CASE", change.path, `the file is named ${other}: the case of its name differs`);
      }
      return change.kind === "create"
        ? drift("DRIFT_MISSING", change.path, `the file is missing${because(evaluation, state, change.path)}`)
        : describeUpdate(evaluation, state, change);
    });
  const orphans = changes
    .filter(({ kind, path }) => kind === "remove" && !renamed.has(path))
    .map(({ path }) =>
      drift("DRIFT_ORPHAN", path, "nothing generates this file (any more): it is an orphan"),
    );
  return [...findings, ...orphans];
}

function describeUpdate(evaluation: Evaluation, state: RunState, { path }: TreeChange): Finding {
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
  return {
    ...drift("DRIFT_STALE", path, `the file is not what its inputs give${guess(difference)}`),
    ...place,
  };
}

/** Without a record of an earlier run only the texts can tell. */
function guess({ found, wanted }: { found: string; wanted: string }): string {
  const isHeader = /@generated|Code generated|^\/\/ +protoc/;
  return isHeader.test(found) && isHeader.test(wanted)
    ? `: its header says that another version of the plugin, or other options, made it ("${wanted.trim()}" is due)`
    : ": a .proto file was changed without generating, or this file was changed by hand";
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
