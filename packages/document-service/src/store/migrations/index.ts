import type { Migration } from "@partner/storage";
import { documents } from "./0001-documents.ts";

/** Every step of the schema, in order. Forward only: a released one is never changed. */
export const migrations: readonly Migration[] = [documents];
