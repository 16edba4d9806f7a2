import { parseSeconds, runProgram, stopSignals } from "./program.ts";

await runProgram((program) => {
  program
    .name("pnpm demo")
    .description(
      "Read, write, upload, download, watch and sync documents while access tokens live for two seconds, and print what goes over the wire.",
    )
    .option("--seconds <n>", "how long", parseSeconds, 12)
    .option("--running", "use the platform that runs here already (pnpm start --token-seconds 2)")
    .action(async ({ seconds, running }: { seconds: number; running?: boolean }) => {
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      const { first: signal } = stopSignals();
      const { runDemo } = await import("./demo/run-demo.ts");
      if (running) {
        const { findConnection } = await import("./client/open.ts");
        const connection = await findConnection(process.env);
        await runDemo({ connection, seconds, print, signal });
        return;
      }
      const { withPlatform } = await import("./demo/with-platform.ts");
      await withPlatform({ tokenSeconds: 2, onProgress: say, signal }, async (connection) => {
        await runDemo({ connection, seconds, print, signal });
      });
    });
});
