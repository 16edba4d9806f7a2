import type { Document } from "@partner/document/v1";

/** Why a request was not carried out. `rpc/` turns each kind into one code of the wire. */
export type Failure =
  /** What the request names does not exist within the partner. */
  | { readonly kind: "not-found"; readonly what: "document" | "revision" | "upload"; readonly id: string }
  /** The etag is not current; `current` is the document as it is instead. */
  | { readonly kind: "stale-etag"; readonly current: Document }
  /** The state of the document or upload does not allow it. */
  | { readonly kind: "wrong-state"; readonly message: string }
  /** The idempotency key was used with other fields. */
  | { readonly kind: "key-reused" }
  /** The partner has used up what it may keep. */
  | { readonly kind: "quota"; readonly message: string }
  /** A field of the request is wrong, in a way that only its context shows. */
  | { readonly kind: "invalid"; readonly field: string; readonly rule: string; readonly message: string }
  /** A position is outside of what there is. */
  | { readonly kind: "out-of-range"; readonly message: string }
  /** Bytes do not have the digest that was given for them. */
  | { readonly kind: "data-loss"; readonly message: string }
  /** Another stream took over. */
  | { readonly kind: "taken-over"; readonly message: string }
  /** The receiver of a stream fell too far behind. */
  | { readonly kind: "too-slow"; readonly message: string };

/** What became of a request. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

export function notFound(what: "document" | "revision" | "upload", id: string) {
  return failed({ kind: "not-found", what, id });
}

export function wrongState(message: string) {
  return failed({ kind: "wrong-state", message });
}
