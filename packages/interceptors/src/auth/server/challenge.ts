import { Code, ConnectError } from "@connectrpc/connect";
import { InterceptorError } from "../../errors.ts";
import type { RpcPolicy } from "./policy.ts";

/** The refusals of a gate, each with its challenge (RFC 6750, section 3). They say nothing of what is wrong with a token. */
export interface Refusals {
  /** No bearer token was sent: no error code, so that a client knows that this is not about its token. */
  missing(): ConnectError;
  /** More than one token was sent. */
  repeated(): ConnectError;
  /** The token is not accepted. */
  invalid(): ConnectError;
  /** The token is good, and not enough. */
  insufficient(policy: RpcPolicy): ConnectError;
}

/**
 * Creates the refusals for a realm.
 *
 * @throws InterceptorError `invalid_options` for a realm that a header cannot carry.
 */
export function createRefusals(realm: string): Refusals {
  if (!/^[\x20-\x7e]*$/.test(realm)) {
    throw new InterceptorError("invalid_options", "`realm` must be printable ASCII: it is part of a header");
  }
  const bearer = `Bearer realm="${realm.replace(/["\\]/g, "\\$&")}"`;
  const refuse = (code: Code, message: string, challenge: string): ConnectError =>
    new ConnectError(message, code, { "www-authenticate": challenge });
  const describe = (code: Code, error: string, description: string, rest = ""): ConnectError =>
    refuse(code, description, `${bearer}, error="${error}", error_description="${description}"${rest}`);

  return {
    missing: () => refuse(Code.Unauthenticated, "a bearer token is required", bearer),
    repeated: () =>
      describe(Code.Unauthenticated, "invalid_request", "the request must have exactly one access token"),
    invalid: () =>
      describe(
        Code.Unauthenticated,
        "invalid_token",
        "the access token is expired, revoked, malformed or not meant for this service",
      ),
    insufficient: (policy) =>
      describe(
        Code.PermissionDenied,
        "insufficient_scope",
        "the access token does not permit this call",
        policy.kind === "scopes"
          ? `, scope="${[...new Set([...policy.allOf, ...policy.anyOf])].join(" ")}"`
          : "",
      ),
  };
}
