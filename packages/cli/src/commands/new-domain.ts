import { writeNewFiles } from "../execute/write-new-files.ts";
import { listSources } from "../graph/list-protos.ts";
import { packageOf } from "../packages/mapping.ts";
import { domainFiles, type Vocabulary } from "../scaffold/domain-files.ts";
import { type DomainNames, domainNames } from "../scaffold/domain-names.ts";
import { loadWorkspace, type Workspace } from "../workspace/workspace.ts";

export interface NewDomain {
  /** Relative to the workspace root. */
  readonly written: readonly string[];
  /** What to do next, a step an entry. */
  readonly next: readonly string[];
}

/**
 * Writes the .proto files of a new domain: in the module that has the organisation already, else in the first one that
 * is not written by `wirehouse vendor`.
 * @param name `<org>/<domain>`
 * @throws WirehouseError USAGE when the name is no good or a file exists, CONFIG, IO
 */
export function newDomain(options: { readonly cwd: string; readonly name: string }): NewDomain {
  const names = domainNames(options.name);
  const workspace = loadWorkspace(options.cwd);
  const { root, buf } = workspace;
  const sources = listSources(root, buf.modules);
  const module =
    sources.find(({ path }) => path.startsWith(`${names.org}/`))?.module ??
    buf.modules.find(({ path }) => path !== workspace.wirehouse.vendor?.out)?.path ??
    ".";
  const has = (file: string) => sources.some(({ path }) => path === file);
  const vocabulary = {
    hasValidation: has("buf/validate/validate.proto"),
    hasPolicies: has("wirehouse/auth/v1/policy.proto"),
  };
  const files = new Map(
    [...domainFiles(names, vocabulary)].map(([path, text]) => [
      module === "." ? path : `${module}/${path}`,
      text,
    ]),
  );
  writeNewFiles(root, files);
  return { written: [...files.keys()], next: nextSteps(workspace, names, vocabulary) };
}

function nextSteps(
  { wirehouse }: Workspace,
  { org, domain, entity }: DomainNames,
  { hasPolicies }: Vocabulary,
): string[] {
  const path = `${org}/${domain}/v1/models.proto`;
  const packages = wirehouse.packages.flatMap((config) => packageOf(config, path) ?? []);
  return [
    `describe in the files what ${entity} is`,
    ...(hasPolicies
      ? [`decide who may call its RPCs: each now takes a scope, ${domain}:read or ${domain}:write`]
      : []),
    "run `wirehouse lint`, then `wirehouse generate`",
    ...(wirehouse.packages.length > 0 && packages.length === 0
      ? [`name a package for ${org}/${domain} under "packages" in wirehouse.yaml`]
      : []),
    ...packages.map(({ name }) => `install, so that others can import ${name}`),
  ];
}
