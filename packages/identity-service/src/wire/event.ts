import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type IdentityEvent, IdentityEventSchema } from "@partner/identity/v1";
import type { Change, DomainEvent } from "../domain/events.ts";
import type { Actor } from "../domain/model.ts";
import { toPartner, toRevocation, toSecret, toServiceAccount, toSigningKey } from "./messages.ts";

/** The event as other domains read it. */
export function toIdentityEvent(event: DomainEvent, eventId: string, sequence: number): IdentityEvent {
  return create(IdentityEventSchema, {
    eventId,
    partnerId: event.partnerId,
    sequence: BigInt(sequence),
    occurTime: timestampFromMs(event.at),
    actor: toActor(event.actor),
    change: toChange(event.change, event.at),
  });
}

type Init = Exclude<MessageInitShape<typeof IdentityEventSchema>, IdentityEvent>;

function toActor(actor: Actor): NonNullable<Init["actor"]> {
  return {
    partnerId: actor.partnerId,
    kind:
      "accountId" in actor
        ? { case: "serviceAccountId", value: actor.accountId }
        : { case: "systemComponent", value: actor.component },
  };
}

function toChange(change: Change, at: number): NonNullable<Init["change"]> {
  switch (change.kind) {
    case "partner_created":
      return { case: "partnerCreated", value: { partner: toPartner(change.partner) } };
    case "partner_updated": {
      const changedFields = { paths: [...change.changedFields] };
      return { case: "partnerUpdated", value: { partner: toPartner(change.partner), changedFields } };
    }
    case "partner_suspended":
      return {
        case: "partnerSuspended",
        value: { partner: toPartner(change.partner), reason: change.reason },
      };
    case "partner_resumed":
      return { case: "partnerResumed", value: { partner: toPartner(change.partner), reason: change.reason } };
    case "partner_closed":
      return { case: "partnerClosed", value: { partner: toPartner(change.partner), reason: change.reason } };
    case "service_account_created":
      return {
        case: "serviceAccountCreated",
        value: { serviceAccount: toServiceAccount(change.account, at) },
      };
    case "service_account_updated": {
      const changedFields = { paths: [...change.changedFields] };
      const serviceAccount = toServiceAccount(change.account, at);
      return { case: "serviceAccountUpdated", value: { serviceAccount, changedFields } };
    }
    case "service_account_disabled":
      return {
        case: "serviceAccountDisabled",
        value: { serviceAccount: toServiceAccount(change.account, at) },
      };
    case "service_account_enabled":
      return {
        case: "serviceAccountEnabled",
        value: { serviceAccount: toServiceAccount(change.account, at) },
      };
    case "service_account_locked":
      return {
        case: "serviceAccountLocked",
        value: { serviceAccount: toServiceAccount(change.account, at) },
      };
    case "service_account_deleted":
      return { case: "serviceAccountDeleted", value: { serviceAccountId: change.accountId } };
    case "secret_created":
      return { case: "secretCreated", value: { secret: toSecret(change.secret) } };
    case "secret_revoked":
      return { case: "secretRevoked", value: { secret: toSecret(change.secret) } };
    case "tokens_revoked":
      return { case: "tokensRevoked", value: { revocation: toRevocation(change.revocation) } };
    case "signing_key_created":
      return { case: "signingKeyCreated", value: { signingKey: toSigningKey(change.signingKey) } };
    case "signing_key_retired":
      return { case: "signingKeyRetired", value: { signingKey: toSigningKey(change.signingKey) } };
  }
}
