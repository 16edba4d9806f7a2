import { runService } from "@partner/service-kit";
import { readConfig } from "./config.ts";
import { startIdentityService } from "./service.ts";

await runService((env, log) =>
  startIdentityService(
    readConfig(env, (message) => log("warn", message)),
    log,
  ),
);
