import type { Validator } from "@bufbuild/protovalidate";

/** Options of `clientValidate` and `serverValidate`. */
export interface ValidateOptions {
  /** The validator. Default: `createValidator()` of `@bufbuild/protovalidate`. */
  validator?: Validator;
  /** Also checks the other side's messages: on a server, its own responses; on a client, the responses. Default false. */
  responses?: boolean;
}
