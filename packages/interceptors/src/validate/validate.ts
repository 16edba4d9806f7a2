import type { DescMessage, Message } from "@bufbuild/protobuf";
import { createValidator, type ValidationError, violationsToProto } from "@bufbuild/protovalidate";
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
  return validate(options, "the response is not valid");
}

/** Client interceptor: the same check before a message is sent, so that a mistake costs no round trip. */
export function clientValidate(options: ValidateOptions = {}): Interceptor {
  return validate(options, "the server's response is not valid");
}

function validate(options: ValidateOptions, badResponse: string): Interceptor {
  const validator = options.validator ?? createValidator();
  const check = (
    desc: DescMessage,
    message: unknown,
    invalid: (error: ValidationError) => ConnectError,
  ): void => {
    const result = validator.validate(desc, message as Message);
    if (result.kind === "error") {
      throw internal("the validation rules cannot be used", result.error);
    }
    if (result.kind === "invalid") {
      throw invalid(result.error);
    }
  };
  return (next) => async (request) => {
    const { input, output } = request.method;
    const onRequest = (message: unknown): void => check(input, message, invalidArgument);
    const onResponse = (message: unknown): void =>
      check(output, message, (error) => internal(badResponse, error));
    if (!request.stream) {
      onRequest(request.message);
      const response = await next(request);
      if (options.responses === true) {
        onResponse(response.message);
      }
      return response;
    }
    // A transport may report a broken request stream in words of its own, so the call does not wait for it.
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
    return options.responses === true
      ? ({
          ...response,
          message: tap(response.message as AsyncIterable<unknown>, onResponse),
        } as StreamResponse)
      : response;
  };
}

function invalidArgument(error: ValidationError): ConnectError {
  const [value, desc] = violationsToProto(error.violations);
  return new ConnectError(error.message, Code.InvalidArgument, undefined, [{ desc, value }], error);
}

function internal(message: string, cause: Error): ConnectError {
  return new ConnectError(message, Code.Internal, undefined, undefined, cause);
}
