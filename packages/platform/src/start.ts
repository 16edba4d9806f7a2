import { parsePort, parseSeconds, runProgram, stopSignals } from "./program.ts";

// Nothing that imports generated code is loaded before that is up to date.
await runProgram(async (program) => {
  program
    .name("pnpm start")
    .description("Start both services and the web page on this machine, with an example partner.")
    .option("--port <n>", "the first of three ports in a row; 0: free ones", parsePort, 8080)
    .option("--fresh", "begin anew: remove databases, secrets and logs of earlier runs")
    .option("--token-seconds <n>", "how long access tokens live", parseSeconds)
    .option("--verbose", "print what the services log")
    .option("--no-generate", "do not bring the generated code up to date first")
    .addHelpText(
      "after",
      `
Environment:
  PARTNER_DATA_DIR        where databases, secrets and logs are kept (default: var)
  IDENTITY_DATABASE_URL   postgres://… instead of an embedded database
  DOCUMENT_DATABASE_URL   the same; another database than the one of identity
  LOG_LEVEL               debug, info (default), warn or error`,
    )
    .action(async (options: StartOptions) => {
      const say = (message: string): void => void process.stderr.write(`${message}\n`);
      const startedAt = performance.now();
      const signals = stopSignals();
      if (options.generate) {
        say("bringing the generated code up to date");
        const { generate } = await import("./run/generate.ts");
        await generate();
      }
      const { startPlatform } = await import("./run/platform.ts");
      const { instructions } = await import("./run/instructions.ts");
      const { openDataFolder } = await import("./data/data-folder.ts");
      const folder = openDataFolder(process.env.PARTNER_DATA_DIR, { fresh: options.fresh === true });
      const platform = await startPlatform({
        folder,
        port: options.port,
        tokenSeconds: options.tokenSeconds,
        env: process.env,
        onProgress: say,
        onLine: options.verbose ? (service, line) => say(`${service}: ${line}`) : undefined,
        signal: signals.first,
      });
      process.stdout.write(instructions(platform, folder, process.env));
      say(`ready in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      const broken = await Promise.race([platform.broken, signals.received]);
      say(broken === undefined ? "stopping; once more Ctrl-C to stop at once" : "stopping what is left");
      signals.again.addEventListener("abort", () => platform.kill());
      await platform.close();
      if (broken !== undefined) {
        throw broken;
      }
      say("stopped");
    });
});

interface StartOptions {
  port: number;
  fresh?: boolean;
  tokenSeconds?: number;
  verbose?: boolean;
  generate: boolean;
}
