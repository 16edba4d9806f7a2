import type { Migration } from "@partner/storage";
import { partners } from "./0001-partners.ts";
import { tokens } from "./0002-tokens.ts";
import { retention } from "./0003-retention.ts";

/** All migrations, in order. A released one is never changed: make another. */
export const migrations: readonly Migration[] = [partners, tokens, retention];
