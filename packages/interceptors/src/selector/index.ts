export type { Selection } from "./selector.ts";
export { except, selector } from "./selector.ts";
