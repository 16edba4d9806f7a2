import { create, type DescMethod } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Type } from "@bufbuild/protobuf/wkt";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { isUnusable, StorageError } from "@partner/storage";
import { ErrorInfoSchema } from "@wirehouse/proto-google-rpc";
import { IdentityError, type IdentityErrorCode } from "../domain/errors.ts";

/** `ErrorInfo.domain` of the errors of this service. */
export const errorDomain = "identity.partner";

const codes: Record<IdentityErrorCode, Code> = {
  not_found: Code.NotFound,
  slug_taken: Code.AlreadyExists,
  username_taken: Code.AlreadyExists,
  idempotency_key_reused: Code.AlreadyExists,
  etag_mismatch: Code.Aborted,
  partner_closed: Code.FailedPrecondition,
  partner_not_active: Code.FailedPrecondition,
  own_partner: Code.FailedPrecondition,
  own_account: Code.FailedPrecondition,
  scope_not_held: Code.PermissionDenied,
  too_many_accounts: Code.ResourceExhausted,
  too_many_secrets: Code.ResourceExhausted,
  rotation_under_way: Code.FailedPrecondition,
  key_unreadable: Code.Unavailable,
  busy: Code.Unavailable,
  caller_gone: Code.Unauthenticated,
  invalid_argument: Code.InvalidArgument,
  cursor_expired: Code.OutOfRange,
};

/**
 * The error on the wire. An `IdentityError` gets a `google.rpc.ErrorInfo` with its code in capitals as the reason, or, if a
 * field of the request is wrong, `buf.validate.Violations`; a database that cannot be used is UNAVAILABLE. Others pass
 * through.
 */
export function toWireError(reason: unknown, method: DescMethod): unknown {
  if (reason instanceof IdentityError) {
    const detail = reason.code === "invalid_argument" ? violations(reason, method) : errorInfo(reason);
    return new ConnectError(reason.message, codes[reason.code], undefined, [detail], reason);
  }
  if (reason instanceof StorageError && isUnusable(reason)) {
    // Its message tells operators, not callers, and stays in the cause.
    return new ConnectError(
      reason.code === "full"
        ? "the database's disk is full, nothing was written"
        : "the database cannot be used now",
      Code.Unavailable,
      undefined,
      undefined,
      reason,
    );
  }
  return reason;
}

function errorInfo({ code, fields }: IdentityError) {
  const value = { reason: code.toUpperCase(), domain: errorDomain, metadata: { ...fields } };
  return { desc: ErrorInfoSchema, value };
}

function violations({ message, fields }: IdentityError, method: DescMethod) {
  const field = method.input.fields.find(({ name }) => name === fields.field);
  const elements =
    field === undefined
      ? []
      : [{ fieldName: field.name, fieldNumber: field.number, fieldType: FieldDescriptorProto_Type.STRING }];
  const value = create(ViolationsSchema, {
    violations: [{ field: { elements }, ruleId: fields.rule ?? "", message }],
  });
  return { desc: ViolationsSchema, value };
}
