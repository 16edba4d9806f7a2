import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, Option } from "commander";
import { readPackage } from "../execute/npm-lookup.ts";
import { formats } from "../report/render.ts";
import { registerCommands } from "./commands.ts";
import { type GlobalOptions, inShell, type Shell } from "./shell.ts";

/** Adds a command; what it does gets the shell, the command's options, then its arguments. */
export type AddCommand = (
  name: string,
  description: string,
  options: readonly Option[],
  action: (
    shell: Shell,
    options: Readonly<Record<string, unknown>>,
    args: readonly string[],
  ) => Promise<number>,
) => void;

/** Parses the command line, runs the command, and returns the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("wirehouse")
    .description(
      "The Protobuf monorepo toolchain: one command from .proto to typed, packaged, committed code.",
    )
    .version(ownVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .showHelpAfterError("run it with --help for its options")
    .exitOverride();
  addGlobalOptions(program);
  const add: AddCommand = (name, description, options, action) => {
    const command = program
      .command(name)
      .configureHelp({ showGlobalOptions: true })
      .description(description)
      .helpOption("-h, --help", "print help");
    for (const option of options) {
      command.addOption(option);
    }
    command.exitOverride().action(async (...received: unknown[]) => {
      const args = received.slice(0, -2).flat() as string[];
      const given = command.optsWithGlobals<GlobalOptions>();
      exitCode = await inShell(given, (shell) => action(shell, command.opts(), args));
    });
  };
  registerCommands(add);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (reason) {
    if (reason instanceof CommanderError) {
      return reason.exitCode === 0 ? 0 : 2;
    }
    throw reason;
  }
}

function addGlobalOptions(command: Command): void {
  command
    .addOption(new Option("--cwd <dir>", "the root of the workspace").default(".", "here"))
    .addOption(
      new Option("--format <format>", "form of the findings on standard output")
        .choices(formats)
        .default("text"),
    )
    .addOption(new Option("--quiet", "no progress and no summary").default(false, "off"))
    .addOption(new Option("--color <when>", "colour").choices(["auto", "always", "never"]).default("auto"));
}

function ownVersion(): string {
  const directory = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  return readPackage(directory).manifest.version ?? "unknown";
}
