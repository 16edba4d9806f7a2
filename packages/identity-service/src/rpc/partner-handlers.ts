import type { ServiceImpl } from "@connectrpc/connect";
import type { IdentityService } from "@partner/identity/service/v1";
import type { Partner } from "@partner/identity/v1";
import type * as model from "../domain/model.ts";
import { type PartnerChanges, partnerOperations } from "../domain/partners.ts";
import { nameOf, partnerStates } from "../wire/enums.ts";
import { toPartner } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";
import { maskedFields } from "./update-mask.ts";

type Handlers = Pick<
  ServiceImpl<typeof IdentityService>,
  | "createPartner"
  | "getPartner"
  | "listPartners"
  | "updatePartner"
  | "suspendPartner"
  | "resumePartner"
  | "closePartner"
>;

export function partnerHandlers(deps: RpcDeps): Handlers {
  const { callerOf, readPage } = deps;
  const partners = partnerOperations(deps);
  return {
    async createPartner({ partner, idempotencyKey }, context) {
      const { slug, displayName, contactEmail } = partner as Partner;
      const request = { slug, displayName, contactEmail, idempotencyKey };
      return { partner: toPartner(await partners.create(callerOf(context), request)) };
    },

    async getPartner({ partnerId }, context) {
      const caller = callerOf(context);
      return { partner: toPartner(await partners.get(caller, partnerId || caller.partnerId)) };
    },

    async listPartners(request, context) {
      const caller = callerOf(context);
      const states = request.states
        .map((state) => nameOf(partnerStates, state))
        .filter((state): state is model.PartnerState => state !== undefined)
        .sort();
      const { items, nextPageToken } = await readPage(request, {
        purpose: ["ListPartners", states],
        read: (place) => partners.list(caller, { ...place, states }),
        position: ({ slug }: model.Partner) => slug,
      });
      return { partners: items.map(toPartner), nextPageToken };
    },

    async updatePartner(request, context) {
      const partner = request.partner as Partner;
      const changes: PartnerChanges = maskedFields(request.updateMask, {
        display_name: { given: partner.displayName !== "", change: { displayName: partner.displayName } },
        contact_email: { given: partner.contactEmail !== "", change: { contactEmail: partner.contactEmail } },
      });
      const updated = await partners.update(callerOf(context), partner.partnerId, partner.etag, changes);
      return { partner: toPartner(updated) };
    },

    async suspendPartner(request, context) {
      return { partner: toPartner(await partners.suspend(callerOf(context), request)) };
    },

    async resumePartner(request, context) {
      return { partner: toPartner(await partners.resume(callerOf(context), request)) };
    },

    async closePartner(request, context) {
      return { partner: toPartner(await partners.close(callerOf(context), request)) };
    },
  };
}
