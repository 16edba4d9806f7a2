import { create } from "@bufbuild/protobuf";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Failure, Outcome } from "../domain/outcome.ts";

/** The value of an outcome. Throws `ConnectError` for a failure. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) {
    return outcome.value;
  }
  throw toConnectError(outcome.failure);
}

/** The one place where failures of the domain get their code. */
export function toConnectError(failure: Failure): ConnectError {
  switch (failure.kind) {
    case "not-found":
      return new ConnectError(
        failure.id === "" ? `no such ${failure.what}` : `no such ${failure.what}: ${failure.id}`,
        Code.NotFound,
      );
    case "stale-etag":
      return new ConnectError("the etag is not current: read the document again", Code.Aborted);
    case "taken-over":
      return new ConnectError(failure.message, Code.Aborted);
    case "wrong-state":
      return new ConnectError(failure.message, Code.FailedPrecondition);
    case "key-reused":
      return new ConnectError(
        "the idempotency key was used with other fields: make a key for each request",
        Code.AlreadyExists,
      );
    case "quota":
    case "too-slow":
      return new ConnectError(failure.message, Code.ResourceExhausted);
    case "out-of-range":
      return new ConnectError(failure.message, Code.OutOfRange);
    case "data-loss":
      return new ConnectError(failure.message, Code.DataLoss);
    case "invalid":
      return invalidArgument(failure);
  }
}

/** As the interceptor says it of a rule in the proto: with a `buf.validate.Violations` detail. */
function invalidArgument({ field, rule, message }: Failure & { kind: "invalid" }): ConnectError {
  const elements = field.split(".").map((fieldName) => ({ fieldName }));
  const value = create(ViolationsSchema, {
    violations: [{ field: { elements }, ruleId: rule, message }],
  });
  return new ConnectError(`${field}: ${message} [${rule}]`, Code.InvalidArgument, undefined, [
    { desc: ViolationsSchema, value },
  ]);
}
