import type { RuleId } from "../check/catalogue.ts";
import { packageOrgAndDomain } from "./package-org-and-domain.ts";
import { rpcPolicyRequired } from "./rpc-policy-required/rpc-policy-required.ts";
import { rpcTypeSamePackage } from "./rpc-type-same-package.ts";
import type { Rule } from "./rule.ts";
import { serviceInServicePackage } from "./service-in-service-package.ts";
import { servicePackageNotImported } from "./service-package-not-imported.ts";

const byId: Readonly<Record<RuleId, Rule>> = {
  PACKAGE_ORG_AND_DOMAIN: packageOrgAndDomain,
  RPC_POLICY_REQUIRED: rpcPolicyRequired,
  RPC_TYPE_SAME_PACKAGE: rpcTypeSamePackage,
  SERVICE_IN_SERVICE_PACKAGE: serviceInServicePackage,
  SERVICE_PACKAGE_NOT_IMPORTED: servicePackageNotImported,
};

/** Every rule, by id. */
export const rules: ReadonlyMap<string, Rule> = new Map(Object.entries(byId));
