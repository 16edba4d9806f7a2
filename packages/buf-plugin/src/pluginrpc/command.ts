import { parseArgs } from "node:util";
import { messageOf, PluginError } from "../errors.ts";

/** How messages are written. */
export type Format = "binary" | "json";

/** What the program was asked to do. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "protocol" }
  | { readonly kind: "spec"; readonly format: Format }
  | { readonly kind: "call"; readonly format: Format; readonly path: string };

const options = {
  help: { type: "boolean", short: "h" },
  protocol: { type: "boolean" },
  spec: { type: "boolean" },
  format: { type: "string", default: "binary" },
} as const;

/**
 * Reads the command line as pluginrpc has it: `--protocol`, `--spec`, or the path of a procedure; and `--format`.
 * @throws PluginError USAGE
 */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const { format } = values;
  if (format !== "binary" && format !== "json") {
    throw new PluginError("USAGE", `--format is binary or json, not "${format}"`);
  }
  if (values.help) {
    return { kind: "help" };
  }
  if (values.protocol && values.spec) {
    throw new PluginError("USAGE", "--protocol and --spec exclude each other");
  }
  if (values.protocol) {
    return { kind: "protocol" };
  }
  if (values.spec) {
    return { kind: "spec", format };
  }
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) {
    throw new PluginError("USAGE", "the path of one procedure is wanted");
  }
  return { kind: "call", format, path };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (reason) {
    throw new PluginError("USAGE", messageOf(reason), { cause: reason });
  }
}
