export type { RetryOptions } from "./options.ts";
export { retry } from "./retry.ts";
