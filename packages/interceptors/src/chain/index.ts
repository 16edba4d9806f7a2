export type { ClientChain, ServerChain } from "./chain.ts";
export { createClientChain, createServerChain } from "./chain.ts";
