/**
 * Why the domain refused. The codes are stable; messages are not.
 *
 * - `not_found`: there is no such object, or the caller must not know of it.
 * - `slug_taken`, `username_taken`: the name belongs to another, perhaps one that is gone.
 * - `idempotency_key_reused`: the key was used with another request in the last 24 hours.
 * - `etag_mismatch`: the object is not in the state that the caller has seen.
 * - `partner_closed`, `partner_not_active`: the partner's state does not allow it.
 * - `own_partner`, `own_account`: the caller would shut itself out.
 * - `scope_not_held`: the caller gives a scope that it does not have itself.
 * - `too_many_accounts`, `too_many_secrets`: a limit is reached; `limit` says which.
 * - `key_unreadable`: a stored signing key cannot be decrypted: the key from the environment is another one, or it was changed.
 * - `busy`: too many credentials are being checked at once.
 * - `rotation_under_way`: a signing key waits for its turn already.
 * - `caller_gone`: the account or the token of the caller is not known any more.
 * - `invalid_argument`: a field that only the server can judge; `field` names it.
 * - `cursor_expired`: the cursor is older than 24 hours.
 */
export type IdentityErrorCode =
  | "not_found"
  | "slug_taken"
  | "username_taken"
  | "idempotency_key_reused"
  | "etag_mismatch"
  | "partner_closed"
  | "partner_not_active"
  | "own_partner"
  | "own_account"
  | "scope_not_held"
  | "too_many_accounts"
  | "too_many_secrets"
  | "key_unreadable"
  | "busy"
  | "rotation_under_way"
  | "caller_gone"
  | "invalid_argument"
  | "cursor_expired";

/** The only error class of this package. Thrown in a transaction, it undoes it. */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: IdentityErrorCode;
  /** What the message is about, for programs: never a credential. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    code: IdentityErrorCode,
    message: string,
    options: ErrorOptions & { fields?: Record<string, string> } = {},
  ) {
    super(message, options);
    this.code = code;
    this.fields = options.fields ?? {};
  }
}

/** There is no such object for this caller, whether it exists or not. */
export function notFound(what: string, id: string): IdentityError {
  return new IdentityError("not_found", `there is no ${what} ${id}`, {
    fields: { resource: what, id },
  });
}
