#!/usr/bin/env node
import { readFileSync } from "node:fs";
import module from "node:module";
import { isatty } from "node:tty";

// buf starts this program a dozen times for one lint. What V8 compiled is kept between the starts, where Node.js keeps
// it for other programs, too (NODE_DISABLE_COMPILE_CACHE=1 switches that off). Node.js 22.0 has no such cache.
module.enableCompileCache?.();
const { serve } = await import("./pluginrpc/serve.ts");

/** What was piped in. Who calls a procedure by hand sends nothing. */
function readInput(): Uint8Array {
  return isatty(0) ? new Uint8Array() : readFileSync(0);
}

const outcome = await serve(process.argv.slice(2), readInput);
process.exitCode = outcome.exitCode;
process.stderr.write(outcome.stderr);
process.stdout.write(outcome.stdout);
