export type { RecoveryOptions } from "./options.ts";
export { recovery } from "./recovery.ts";
