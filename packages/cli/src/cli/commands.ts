import { Option } from "commander";
import { count } from "../report/count.ts";
import { registerCache } from "./cache-command.ts";
import { registerGraph } from "./graph-command.ts";
import { registerNew } from "./new-command.ts";
import type { AddCommand } from "./program.ts";

/**
 * The commands: each parses, calls, and prints, and nothing else. What it calls is loaded when it runs, so
 * that a command costs the start of its own parts only.
 */
export function registerCommands(add: AddCommand): void {
  add(
    "generate",
    "Bring the generated code up to date with the .proto files.",
    [
      new Option("--plan", "print what would be done and why, and do nothing"),
      new Option("--no-cache", "make everything anew, reusing nothing"),
      new Option("--unpatched", "run plugins without the patches for speed"),
      new Option("--watch", "go on, and generate again whenever something changes").conflicts("plan"),
      new Option("--only <domain>", "restrict the run to a directory of import paths, such as acme/billing"),
      new Option("--trace <file>", "write a Chrome trace of the run's phases").conflicts(["plan", "watch"]),
    ],
    async (shell, options) => {
      if (options.watch === true) {
        const { watchInShell } = await import("./watch-in-shell.ts");
        return watchInShell(shell, options);
      }
      const { generate, planGenerate } = await import("../commands/generate.ts");
      const { renderPlan, summarize } = await import("../report/render-run.ts");
      const call = {
        ...shell,
        noCache: options.cache === false,
        unpatched: options.unpatched === true,
        only: options.only as string | undefined,
      };
      if (options.plan === true) {
        shell.print(renderPlan(await planGenerate(call), shell.format));
        return 0;
      }
      const started = performance.now();
      const trace = options.trace as string | undefined;
      const result =
        trace === undefined
          ? await generate(call)
          : await (await import("../execute/trace-file.ts")).withTraceFile(trace, (tracer) =>
              generate({ ...call, tracer }),
            );
      if (shell.format === "json") {
        shell.print(`${JSON.stringify(result)}\n`);
      }
      shell.tell(summarize(result, performance.now() - started));
      return 0;
    },
  );

  add(
    "check",
    "Tell whether the generated and the vendored files are what their inputs give. Changes nothing.",
    [new Option("--unpatched", "run plugins without the patches for speed")],
    async (shell, options) => {
      const { check } = await import("../commands/check.ts");
      const findings = await check({ ...shell, unpatched: options.unpatched === true });
      shell.report(findings);
      shell.tell(findings.length === 0 ? "No drift." : `${count(findings.length, "file")} drifted.`);
      return findings.length === 0 ? 0 : 1;
    },
  );

  add("lint", "Lint the .proto files: buf's rules as buf.yaml sets them.", [], async (shell) => {
    const { lint } = await import("../commands/lint.ts");
    const findings = await lint(shell);
    shell.report(findings);
    shell.tell(findings.length === 0 ? "Lint is clean." : `${count(findings.length, "finding")}.`);
    return findings.length === 0 ? 0 : 1;
  });

  add(
    "breaking",
    "Tell whether the .proto files break users of an earlier commit.",
    [
      new Option(
        "--against <revision>",
        "git revision to compare with (default: the commit before the change)",
      ),
    ],
    async (shell, options) => {
      const { breaking } = await import("../commands/breaking.ts");
      const { findings, against } = await breaking({
        ...shell,
        against: options.against as string | undefined,
      });
      shell.report(findings);
      shell.tell(
        findings.length === 0
          ? `Nothing breaks users of ${against}.`
          : `${count(findings.length, "change")} would break users of ${against}.`,
      );
      return findings.length === 0 ? 0 : 1;
    },
  );

  add(
    "vendor",
    "Copy third-party .proto files from npm packages, as wirehouse.yaml names them.",
    [new Option("--check", "tell whether they are up to date, and change nothing")],
    async (shell, options) => {
      const { vendorCommand } = await import("../commands/vendor.ts");
      const { findings, summary } = await vendorCommand({ cwd: shell.cwd, check: options.check === true });
      shell.report(findings);
      shell.tell(summary);
      return findings.length === 0 ? 0 : 1;
    },
  );

  registerCache(add);
  registerNew(add);
  registerGraph(add);
}
