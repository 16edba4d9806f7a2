import { create } from "@bufbuild/protobuf";
import {
  type GetPluginInfoResponse,
  GetPluginInfoResponseSchema,
  type ListCategoriesRequest,
  type ListCategoriesResponse,
  ListCategoriesResponseSchema,
  type ListRulesRequest,
  type ListRulesResponse,
  ListRulesResponseSchema,
  RuleType,
} from "@wirehouse/proto-bufplugin/v1";
import { page } from "./page.ts";

/** The names under which buf.yaml can ask for rules, and what they are for. Apart from the rules: buf asks for these most. */
export const ruleInfos = [
  {
    id: "PACKAGE_ORG_AND_DOMAIN",
    purpose:
      "The name of a package has an organisation and a domain before the version, such as acme.order.v1.",
  },
  {
    id: "RPC_POLICY_REQUIRED",
    purpose: "Each RPC states who may call it: exactly one valid policy of wirehouse/auth/v1/policy.proto.",
  },
  {
    id: "RPC_TYPE_SAME_PACKAGE",
    purpose: "The request and the response of an RPC are messages of the service's own package.",
  },
  {
    id: "SERVICE_IN_SERVICE_PACKAGE",
    purpose:
      "Services are in packages of their own, such as acme.order.service.v1, apart from the objects of the domain.",
  },
  {
    id: "SERVICE_PACKAGE_NOT_IMPORTED",
    purpose: "No package imports another one's services with their requests and responses.",
  },
] as const;

/** The name of a rule. */
export type RuleId = (typeof ruleInfos)[number]["id"];

const category = {
  id: "WIREHOUSE",
  purpose: "What a versioned Protobuf monorepo laid out as Wirehouse's promises.",
};

/** @throws PluginError REQUEST for a page token that is none */
export function listRules(request: ListRulesRequest): ListRulesResponse {
  const { items, nextPageToken } = page(ruleInfos, request);
  return create(ListRulesResponseSchema, {
    nextPageToken,
    rules: items.map((info) => ({
      ...info,
      categoryIds: [category.id],
      default: true,
      type: RuleType.LINT,
    })),
  });
}

/** @throws PluginError REQUEST for a page token that is none */
export function listCategories(request: ListCategoriesRequest): ListCategoriesResponse {
  const { items, nextPageToken } = page([category], request);
  return create(ListCategoriesResponseSchema, { nextPageToken, categories: [...items] });
}

export function getPluginInfo(): GetPluginInfoResponse {
  return create(GetPluginInfoResponseSchema, {
    pluginInfo: {
      documentation: ruleInfos.map(({ id, purpose }) => `${id}: ${purpose}\n`).join(""),
      license: {
        spdxLicenseId: "Apache-2.0",
        source: { case: "url", value: "https://www.apache.org/licenses/LICENSE-2.0.txt" },
      },
    },
  });
}
