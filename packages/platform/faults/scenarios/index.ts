import type { Scenario } from "../harness/scenario.ts";
import { clientGone } from "./client-gone.ts";
import { clockJumps } from "./clock-jumps.ts";
import { databaseRestart } from "./database-restart.ts";
import { diskFull } from "./disk-full.ts";
import { duplicateRequests } from "./duplicate-requests.ts";
import { killDocuments } from "./kill-documents.ts";
import { killIdentity } from "./kill-identity.ts";
import { twoReplicas } from "./two-replicas.ts";

/** All of them, the longest first: so the run as a whole is short. */
export const scenarios: readonly Scenario[] = [
  killDocuments("postgres"),
  killDocuments("sqlite"),
  databaseRestart,
  killIdentity("postgres"),
  killIdentity("sqlite"),
  twoReplicas,
  clientGone("sqlite"),
  clientGone("postgres"),
  duplicateRequests("postgres"),
  duplicateRequests("sqlite"),
  diskFull,
  clockJumps("sqlite"),
  clockJumps("postgres"),
];
