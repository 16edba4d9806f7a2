import type { Actor, Partner, Revocation, Secret, ServiceAccount, SigningKeyRecord } from "./model.ts";

/** What changed: one case for each change of `partner.identity.v1.IdentityEvent`. */
export type Change =
  | { readonly kind: "partner_created"; readonly partner: Partner }
  | { readonly kind: "partner_updated"; readonly partner: Partner; readonly changedFields: readonly string[] }
  | {
      readonly kind: "partner_suspended" | "partner_resumed" | "partner_closed";
      readonly partner: Partner;
      readonly reason: string;
    }
  | {
      readonly kind:
        | "service_account_created"
        | "service_account_disabled"
        | "service_account_enabled"
        | "service_account_locked";
      readonly account: ServiceAccount;
    }
  | {
      readonly kind: "service_account_updated";
      readonly account: ServiceAccount;
      readonly changedFields: readonly string[];
    }
  | { readonly kind: "service_account_deleted"; readonly accountId: string }
  | { readonly kind: "secret_created" | "secret_revoked"; readonly secret: Secret }
  | { readonly kind: "tokens_revoked"; readonly revocation: Revocation }
  | {
      readonly kind: "signing_key_created" | "signing_key_retired";
      readonly signingKey: SigningKeyRecord;
    };

/** A change, by whom and when. The store gives it its id and its sequence when the transaction ends. */
export interface DomainEvent {
  /** The partner concerned; empty for what concerns the whole platform. */
  readonly partnerId: string;
  readonly actor: Actor;
  readonly at: number;
  readonly change: Change;
}
