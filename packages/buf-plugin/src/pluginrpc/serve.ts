import { messageOf } from "../errors.ts";
import { type Command, parseCommand } from "./command.ts";

/** What the process ends with. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: Uint8Array | string;
  readonly stderr: string;
}

const usage = `buf-plugin-wirehouse checks .proto files for buf. Name it in buf.yaml, and run \`buf lint\`:

    lint:
      use: [STANDARD, WIREHOUSE]
    plugins:
      - plugin: buf-plugin-wirehouse

It speaks pluginrpc on standard input and output:

    --protocol               print the version of the protocol
    --spec                   print the procedures
    --format binary|json     how messages are written (default: binary)
    <path of a procedure>    read a request, write the response
`;

/**
 * A run of the program, by the pluginrpc protocol. A failure that the caller is to be told is a response, with exit code 0; a
 * command line that the protocol does not have is a text on standard error, with exit code 1. Never rejects.
 * @param readInput reads all of standard input; called only where a request is expected
 */
export async function serve(args: readonly string[], readInput: () => Uint8Array): Promise<Outcome> {
  try {
    return { exitCode: 0, stdout: await answer(parseCommand(args), readInput), stderr: "" };
  } catch (reason) {
    return { exitCode: 1, stdout: "", stderr: `buf-plugin-wirehouse: ${messageOf(reason)} (see --help)\n` };
  }
}

/** Loads what the command needs and no more: a start is most of what the program costs. */
async function answer(command: Command, readInput: () => Uint8Array): Promise<Uint8Array | string> {
  switch (command.kind) {
    case "help":
      return usage;
    case "protocol":
      return "1\n";
    case "spec": {
      const { writeSpec } = await import("./procedures.ts");
      return writeSpec(command.format);
    }
    case "call": {
      const { call } = await import("./procedures.ts");
      return call(command.format, command.path, readInput);
    }
  }
}
