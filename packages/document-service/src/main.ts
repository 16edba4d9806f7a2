import { runService } from "@partner/service-kit";
import { readConfig } from "./config.ts";
import { startDocumentService } from "./start.ts";

await runService((env, log) => startDocumentService(readConfig(env), log));
