export type { ClientRateLimitOptions, RateLimitOptions } from "./options.ts";
export { clientRateLimit, serverRateLimit } from "./rate-limit.ts";
