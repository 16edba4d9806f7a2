export type { ValidateOptions } from "./options.ts";
export { clientValidate, serverValidate } from "./validate.ts";
