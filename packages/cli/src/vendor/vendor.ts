import type { Workspace } from "../workspace/workspace.ts";
import { applyVendor, type VendorChanges, vendorChanges } from "./apply-vendor.ts";
import { loadPackages } from "./load-packages.ts";
import { planVendor, type VendorPlan } from "./plan-vendor.ts";
import { refuseForeignFolder, vendorFolder } from "./vendor-folder.ts";
import { readVendorTree, type VendorTree } from "./vendor-tree.ts";

export interface VendorState {
  /** The vendor folder relative to the workspace root. */
  readonly out: string;
  readonly plan: VendorPlan;
  readonly tree: VendorTree;
}

/**
 * What the vendor folder should be and what it is. Reads only. `undefined` where wirehouse.yaml has no `vendor`.
 * @throws WirehouseError CONFIG or PROTO, as {@link loadPackages} and {@link planVendor}
 */
export async function readVendorState(workspace: Workspace): Promise<VendorState | undefined> {
  const config = workspace.wirehouse.vendor;
  if (config === undefined) {
    return undefined;
  }
  const out = vendorFolder(workspace.root, config);
  const plan = planVendor(await loadPackages(workspace.root, config));
  return { out, plan, tree: readVendorTree(workspace.root, out) };
}

/**
 * Brings the vendor folder up to date. `undefined` where wirehouse.yaml has no `vendor`.
 * @throws WirehouseError CONFIG, PROTO, or IO when the file system refuses
 */
export async function runVendor(
  workspace: Workspace,
): Promise<(VendorState & { readonly changes: VendorChanges }) | undefined> {
  const state = await readVendorState(workspace);
  const config = workspace.wirehouse.vendor;
  if (state === undefined || config === undefined) {
    return undefined;
  }
  refuseForeignFolder(config, state.out, state.plan, state.tree);
  const changes = vendorChanges(state.plan, state.tree);
  applyVendor(workspace.root, state.out, state.plan, changes);
  return { ...state, changes };
}
