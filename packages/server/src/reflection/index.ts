export type { ReflectionOptions } from "./reflection.ts";
export { reflectionRoutes, reflectionServices } from "./reflection.ts";
