import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isOutput, type Step } from "./read-steps.ts";

const longestMs = 300_000;

/** Does what a step says. Throws when a command ends or prints otherwise than the page says. */
export async function follow(step: Step, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (step.kind === "write") {
    const file = join(folder, step.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, step.text);
    return;
  }
  const child = spawn("sh", ["-c", `exec 2>&1; ${step.command}`], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: longestMs,
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== step.exitCode) {
    throw new Error(`it ended with ${code}, not ${step.exitCode}:\n${printed}`);
  }
  if (!isOutput(printed, step.output)) {
    throw new Error(`it printed\n${printed}\nthe page says\n${step.output.join("\n")}`);
  }
}
