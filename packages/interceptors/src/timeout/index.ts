export type { TimeoutOptions } from "./options.ts";
export { clientTimeout, serverTimeout } from "./timeout.ts";
