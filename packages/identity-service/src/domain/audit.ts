import type { Change, DomainEvent } from "./events.ts";
import type { AuditEntry } from "./sign-in-ports.ts";

/**
 * What the audit log says of a change: every change that the domain tells of is in it, by whomever. Names of fields at most,
 * never their values.
 */
export function auditEntryOf({ partnerId, actor, at, change }: DomainEvent): AuditEntry {
  return {
    at,
    partnerId,
    actor: "component" in actor ? actor.component : actor.accountId,
    action: change.kind,
    target: targetOf(change),
    outcome: "ok",
    address: "",
    detail: detailOf(change),
  };
}

function targetOf(change: Change): string {
  if ("partner" in change) {
    return change.partner.partnerId;
  }
  if ("account" in change) {
    return change.account.accountId;
  }
  if ("secret" in change) {
    return change.secret.secretId;
  }
  if ("revocation" in change) {
    return change.revocation.target.id;
  }
  return "signingKey" in change ? change.signingKey.keyId : change.accountId;
}

function detailOf(change: Change): string {
  if ("changedFields" in change) {
    return change.changedFields.join(" ");
  }
  return "revocation" in change ? `${change.revocation.target.kind}: ${change.revocation.reason}` : "";
}
