import type { Scenario } from "../harness/scenario.ts";
import { databaseRestart } from "./database-restart.ts";
import { diskFull } from "./disk-full.ts";
import { killDocuments } from "./kill-documents.ts";

/** All of them, the longest first: so the run as a whole is short. */
export const scenarios: readonly Scenario[] = [
  killDocuments("postgres"),
  killDocuments("sqlite"),
  databaseRestart,
  diskFull,
];
