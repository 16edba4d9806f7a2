export type { InterceptorErrorCode, InterceptorErrorOptions } from "./errors.ts";
export { InterceptorError } from "./errors.ts";
