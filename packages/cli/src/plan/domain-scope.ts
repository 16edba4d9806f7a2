import type { RunState } from "../cache/state.ts";
import { failure } from "../errors.ts";
import { isWithin } from "../io/files.ts";
import { packageOf } from "../packages/mapping.ts";
import type { Plan } from "./make-plan.ts";

/** The part of a workspace that a run is restricted to. */
export interface DomainScope {
  /** The directory of import paths: "partner/document". */
  readonly directory: string;
  /** The plan with the units that generate files of the domain, and no others. */
  readonly plan: Plan;
  /** Whether an output that no unit of the scope makes lies in the domain, and is nobody else's. */
  contains(output: string): boolean;
}

/**
 * Restricts a plan to a domain: a directory of import paths such as "partner/document", or one above domains. A
 * directory inside a package stands for the package, since that is generated whole. A unit that makes files of several
 * domains in one request belongs to each of them.
 * @throws WirehouseError USAGE when no file to generate lies below the directory
 */
export function scopeToDomain(plan: Plan, state: RunState, domain: string): DomainScope {
  const asked = domain.replace(/^\.?\/+|\/+$/g, "");
  const first = plan.targets.find((path) => path !== asked && isWithin(path, asked));
  if (first === undefined) {
    throw failure("USAGE", `no .proto file to generate from lies below "${domain}"`, {
      help: `name a directory of import paths, such as ${domainsOf(plan.targets).slice(0, 5).join(", ")}`,
    });
  }
  const directory =
    plan.workspace.wirehouse.packages
      .map((config) => packageOf(config, first)?.directory)
      .find((candidate) => candidate !== undefined && isWithin(asked, candidate)) ?? asked;
  const units = plan.units.filter((unit) => unit.generate.some((path) => isWithin(path, directory)));
  const others = plan.units.filter((unit) => !units.includes(unit));
  const taken = new Set(others.flatMap((unit) => state.units[unit.id]?.outputs ?? []));
  // What a plugin of unknown ways made of another domain may lie in this one's folder.
  const isKnown = others.every((unit) => unit.divisible || state.units[unit.id] !== undefined);
  const folders = plan.tasks.map((task) => `${task.config.out}/${directory}`);
  return {
    directory,
    plan: { ...plan, units },
    contains: (output) => isKnown && !taken.has(output) && folders.some((folder) => isWithin(output, folder)),
  };
}

/** The directories of domains, two levels deep where there are that many. */
export function domainsOf(targets: readonly string[]): string[] {
  return [...new Set(targets.map((path) => path.split("/").slice(0, -1).slice(0, 2).join("/")))]
    .filter((directory) => directory !== "")
    .sort();
}
