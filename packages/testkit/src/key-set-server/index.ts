export type { KeySetMode, KeySetServer } from "./key-set-server.ts";
export { startKeySetServer } from "./key-set-server.ts";
