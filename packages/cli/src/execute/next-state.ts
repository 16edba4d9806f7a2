import type { RunState, TaskRecord, UnitRecord } from "../cache/state.ts";
import { isSettled } from "../io/stamps.ts";
import type { Evaluation } from "./evaluate.ts";

/** What to remember of a run that brought the tree up to date. */
export function nextState({ plan, desired, outputs, tree }: Evaluation, now: number): RunState {
  const sources: Record<string, RunState["sources"][string]> = {};
  for (const { proto, stamp } of plan.sources) {
    if (isSettled(stamp, now)) {
      const { digest, package: packageName, imports, mentionsSourceRetention } = proto;
      sources[proto.file] = { stamp, digest, package: packageName, imports, mentionsSourceRetention };
    } else {
      sources[proto.file] = {
        stamp: [-1, 0, 0, 0],
        digest: proto.digest,
        package: "",
        imports: [],
        mentionsSourceRetention: false,
      };
    }
  }
  const digests = Object.fromEntries(
    Object.entries(plan.digests).filter(([, { stamp }]) => isSettled(stamp, now)),
  );
  const tasks = plan.tasks.map(
    ({ identity, config }): TaskRecord => ({
      label: identity.label,
      identity: identity.kind === "known" ? identity.digest : "",
      options: config.opt.join(),
      compiler: plan.compiler,
    }),
  );
  const units: Record<string, UnitRecord> = {};
  for (const unit of plan.units) {
    units[unit.id] = {
      key: unit.key,
      task: unit.task.index,
      mapping: unit.mapping,
      generate: unit.generate,
      outputs: outputs.get(unit.id) ?? [],
    };
  }
  const files: Record<string, RunState["outputs"][string]> = {};
  for (const [path, { digest }] of desired) {
    const stamp = tree.file(path)?.stamp;
    files[path] = { digest, stamp: stamp !== undefined && isSettled(stamp, now) ? stamp : undefined };
  }
  return { sources, digests, tasks, units, outputs: files };
}
