export type { FileTokenOptions } from "./file-token-source.ts";
export { fileTokenSource } from "./file-token-source.ts";
