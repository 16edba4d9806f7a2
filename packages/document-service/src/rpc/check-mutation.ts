import type { Validator, Violation } from "@bufbuild/protovalidate";
import { SyncMutationSchema } from "@partner/document/service/v1";
import type { CheckMutation } from "../domain/changes/mutations.ts";

/** Without these a mutation has no result that the client could tell from others. */
const essential = ["mutation_id", "operation"];

/**
 * Checks mutations against the rules of the proto, which the interceptor leaves alone: one that breaks a rule gets its
 * result, like any other.
 *
 * @throws Error if the rules of the proto cannot be used, which is a mistake in the proto.
 */
export function checkMutation(validator: Validator): CheckMutation {
  return (mutation) => {
    const result = validator.validate(SyncMutationSchema, mutation);
    if (result.kind === "valid") {
      return { kind: "valid" };
    }
    if (result.kind === "error") {
      throw result.error;
    }
    const broken = result.violations.find((violation) => essential.includes(nameOf(violation)));
    return broken === undefined
      ? { kind: "rejected", message: result.violations.map(String).join("; ") }
      : {
          kind: "broken",
          field: `mutation.${nameOf(broken)}`,
          rule: broken.ruleId,
          message: broken.message,
        };
  };
}

/** The field of the mutation, or the oneof, that a violation is about. */
function nameOf({ field: [first] }: Violation): string {
  return first !== undefined && "name" in first ? first.name : "";
}
