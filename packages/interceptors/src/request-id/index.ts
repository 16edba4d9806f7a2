export type { RequestIdOptions } from "./options.ts";
export { clientRequestId, requestIdKey, serverRequestId } from "./request-id.ts";
