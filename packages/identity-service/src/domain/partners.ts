import { actorOf, type Caller, isOperator } from "./caller.ts";
import type { DomainDeps } from "./deps.ts";
import { IdentityError } from "./errors.ts";
import { claimIdempotencyKey, keyScope } from "./idempotency.ts";
import { checkEtag, visiblePartner } from "./lookup.ts";
import type { Partner, PartnerState } from "./model.ts";
import { revokeAllOf } from "./revocations.ts";
import type { IdentityTx } from "./store.ts";

/** The fields of a partner that an update can change. */
export interface PartnerChanges {
  readonly displayName?: string;
  readonly contactEmail?: string;
}

/** A change of the state of a partner. */
export interface PartnerTransition {
  readonly partnerId: string;
  /** Empty: whatever it is. */
  readonly etag: string;
  readonly reason: string;
}

/** Creates, reads, changes, suspends, resumes and closes partners. Throws `IdentityError`. */
export function partnerOperations({ store, ids, now }: DomainDeps) {
  return {
    /** Errors: `slug_taken`, `idempotency_key_reused`. */
    create(
      caller: Caller,
      request: { slug: string; displayName: string; contactEmail: string; idempotencyKey: string },
    ): Promise<Partner> {
      const { slug, displayName, contactEmail } = request;
      return store.change(async (tx) => {
        const at = now();
        const partner: Partner = {
          partnerId: ids.uuid(),
          slug,
          displayName,
          contactEmail,
          state: "active",
          etag: ids.etag(),
          createdAt: at,
          updatedAt: at,
        };
        const claim = await claimIdempotencyKey(tx, {
          scope: keyScope("CreatePartner", caller),
          key: request.idempotencyKey,
          fingerprint: JSON.stringify([slug, displayName, contactEmail]),
          resultId: partner.partnerId,
          now: at,
        });
        if (claim.kind === "repeat") {
          return visiblePartner(tx, caller, claim.resultId);
        }
        if (!(await tx.partners.insert(partner))) {
          throw new IdentityError("slug_taken", `the slug ${slug} is taken`, { fields: { slug } });
        }
        emit(tx, caller, partner, { kind: "partner_created", partner });
        return partner;
      });
    },

    /** Errors: `not_found`. */
    get(caller: Caller, partnerId: string): Promise<Partner> {
      return store.read((tx) => visiblePartner(tx, caller, partnerId));
    },

    /** By slug. A caller who is no operator finds only its own partner. */
    list(
      caller: Caller,
      query: { states: readonly PartnerState[]; after?: string | undefined; limit: number },
    ): Promise<readonly Partner[]> {
      const partnerId = isOperator(caller) ? undefined : caller.partnerId;
      return store.read((tx) => tx.partners.list({ ...query, partnerId }));
    },

    /** Errors: `not_found`, `partner_closed`, `etag_mismatch`. */
    update(caller: Caller, partnerId: string, etag: string, changes: PartnerChanges): Promise<Partner> {
      return store.change(async (tx) => {
        const before = await visiblePartner(tx, caller, partnerId);
        refuseClosed(before);
        checkEtag(etag, before.etag);
        const after = { ...before, ...changes };
        const changedFields = [
          ...(after.displayName === before.displayName ? [] : ["display_name"]),
          ...(after.contactEmail === before.contactEmail ? [] : ["contact_email"]),
        ];
        if (changedFields.length === 0) {
          return before;
        }
        const partner = { ...after, etag: ids.etag(), updatedAt: now() };
        await tx.partners.update(partner);
        emit(tx, caller, partner, { kind: "partner_updated", partner, changedFields });
        return partner;
      });
    },

    /** Errors: `not_found`, `own_partner`, `partner_closed`, `etag_mismatch`. */
    suspend(caller: Caller, request: PartnerTransition): Promise<Partner> {
      return transition(caller, request, "suspended");
    },

    /** Errors: `not_found`, `partner_closed`, `etag_mismatch`. */
    resume(caller: Caller, request: PartnerTransition): Promise<Partner> {
      return transition(caller, request, "active");
    },

    /** Errors: `not_found`, `own_partner`, `etag_mismatch`. */
    close(caller: Caller, request: PartnerTransition): Promise<Partner> {
      return transition(caller, request, "closed");
    },
  };

  function transition(caller: Caller, request: PartnerTransition, to: PartnerState): Promise<Partner> {
    return store.change(async (tx) => {
      const before = await visiblePartner(tx, caller, request.partnerId);
      if (to !== "active" && before.partnerId === caller.partnerId) {
        throw new IdentityError("own_partner", "a caller cannot suspend or close its own partner");
      }
      if (before.state === to) {
        return before;
      }
      refuseClosed(before);
      checkEtag(request.etag, before.etag);
      const at = now();
      const partner: Partner = { ...before, state: to, etag: ids.etag(), updatedAt: at };
      await tx.partners.update(partner);
      emit(tx, caller, partner, { kind: changeOf[to], partner, reason: request.reason });
      if (to !== "active") {
        const owner = { kind: "partner", id: partner.partnerId, partnerId: partner.partnerId } as const;
        await revokeAllOf(tx, ids, owner, { reason: "partner_suspended", actor: actorOf(caller), now: at });
      }
      return partner;
    });
  }
}

const changeOf = {
  active: "partner_resumed",
  suspended: "partner_suspended",
  closed: "partner_closed",
} as const;

function emit(
  tx: IdentityTx,
  caller: Caller,
  partner: Partner,
  change: Parameters<IdentityTx["emit"]>[0]["change"],
): void {
  tx.emit({ partnerId: partner.partnerId, actor: actorOf(caller), at: partner.updatedAt, change });
}

function refuseClosed(partner: Partner): void {
  if (partner.state === "closed") {
    throw new IdentityError("partner_closed", "the partner is closed for ever");
  }
}
