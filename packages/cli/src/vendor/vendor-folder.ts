import { join } from "node:path";
import { failure } from "../errors.ts";
import { statsAt } from "../io/files.ts";
import { temporarySuffix } from "../io/write-file.ts";
import type { VendorConfig } from "../workspace/wirehouse-yaml.ts";
import { cleanPath } from "./clean-path.ts";
import { lockName } from "./lock-file.ts";
import type { VendorPlan } from "./plan-vendor.ts";
import type { VendorTree } from "./vendor-tree.ts";

/**
 * The vendor folder relative to the workspace root.
 * @throws WirehouseError CONFIG when it is the root itself, outside of it, or reached through a symbolic link
 */
export function vendorFolder(root: string, config: VendorConfig): string {
  const out = cleanPath(config.out);
  if (out === undefined || out === ".") {
    throw failure("CONFIG", `the folder ${config.out} cannot be given to \`wirehouse vendor\``, {
      ...config.origin,
      help: "name a folder inside the workspace that holds nothing else, such as proto/third_party",
    });
  }
  const parts = out.split("/");
  const link = parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .find((path) => statsAt(join(root, path))?.isSymbolicLink());
  if (link !== undefined) {
    throw failure("CONFIG", `${link} is a symbolic link: nothing is written through it`, {
      ...config.origin,
      help: "name a real folder inside the workspace",
    });
  }
  return out;
}

/**
 * Refuses to take over a folder with files that were not vendored: without a lock nobody has said that the
 * folder is ours to clear.
 * @throws WirehouseError CONFIG naming the first of them
 */
export function refuseForeignFolder(
  config: VendorConfig,
  out: string,
  plan: VendorPlan,
  tree: VendorTree,
): void {
  const foreign = tree.paths.filter((path) => {
    if (path.endsWith(temporarySuffix)) {
      return false; // A first run that was killed leaves it.
    }
    const planned = plan.files.get(path);
    return planned === undefined || !tree.has(path, planned);
  });
  if (!tree.paths.includes(lockName) && foreign.length > 0) {
    throw failure(
      "CONFIG",
      `${out} has no ${lockName} but files that \`wirehouse vendor\` did not write, such as ${out}/${foreign[0]}: nothing was touched`,
      {
        ...config.origin,
        help: "move them elsewhere, or delete the folder if it was vendored by other means",
      },
    );
  }
}
