import type { DescMessage, Message } from "@bufbuild/protobuf";
import { createValidator, violationsToProto } from "@bufbuild/protovalidate";
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
} from "@connectrpc/connect";
import { tap } from "../internal/observe-call.ts";
import type { ValidateOptions } from "./options.ts";

/**
 * Server interceptor: checks each request message against its protovalidate rules. A broken rule is `InvalidArgument` with a
 * `buf.validate.Violations` detail; rules that cannot be compiled are `Internal`. With `responses`, a broken response is
 * `Internal`: the server's fault, and its violations stay in `cause`.
 */
export function serverValidate(options: ValidateOptions = {}): Interceptor {
  return validate(
    options,
    (error) => new ConnectError("the response is not valid", Code.Internal, undefined, undefined, error),
  );
}

/** Client interceptor: the same check before a message is sent, so that a mistake costs no round trip. */
export function clientValidate(options: ValidateOptions = {}): Interceptor {
  return validate(
    options,
    (error) =>
      new ConnectError("the server's response is not valid", Code.Internal, undefined, undefined, error),
  );
}

function validate(options: ValidateOptions, blameResponse: (error: Error) => ConnectError): Interceptor {
  const validator = options.validator ?? createValidator();
  const check = (desc: DescMessage, invalid: (error: Error) => ConnectError) => (message: unknown) => {
    const result = validator.validate(desc, message as Message);
    if (result.kind === "error") {
      throw new ConnectError(
        "the validation rules cannot be used",
        Code.Internal,
        undefined,
        undefined,
        result.error,
      );
    }
    if (result.kind === "invalid") {
      throw invalid(result.error);
    }
  };
  const checkRequest = (desc: DescMessage) => (message: unknown) => {
    const result = validator.validate(desc, message as Message);
    if (result.kind === "invalid") {
      const [value, schema] = violationsToProto(result.violations);
      throw new ConnectError(
        result.error.message,
        Code.InvalidArgument,
        undefined,
        [{ desc: schema, value }],
        result.error,
      );
    }
    if (result.kind === "error") {
      throw new ConnectError(
        "the validation rules cannot be used",
        Code.Internal,
        undefined,
        undefined,
        result.error,
      );
    }
  };
  return (next) => async (request) => {
    const onRequest = checkRequest(request.method.input);
    const onResponse = options.responses === true ? check(request.method.output, blameResponse) : undefined;
    if (!request.stream) {
      onRequest(request.message);
      const response = await next(request);
      onResponse?.(response.message);
      return response;
    }
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    const message = tap(request.message, (one) => {
      try {
        onRequest(one);
      } catch (error) {
        broken.reject(error);
        throw error;
      }
    });
    const response = await Promise.race([next({ ...request, message } as StreamRequest), broken.promise]);
    return onResponse === undefined
      ? response
      : ({
          ...response,
          message: tap(response.message as AsyncIterable<unknown>, onResponse),
        } as StreamResponse);
  };
}
