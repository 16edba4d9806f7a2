import { join } from "node:path";

/** The repository. */
export const root = join(import.meta.dirname, "../../..");

/** The checks and the server that are written in Python. */
export const pythonSources = join(import.meta.dirname, "python");
