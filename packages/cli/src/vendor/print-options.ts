import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { toText } from "@bufbuild/protobuf/txtpb";
import type { PrintContext } from "./print-context.ts";
import { indent } from "./print-lines.ts";

/** An option as it is set: `name = value`, the value over several lines where it is a message. */
export interface OptionSetting {
  readonly name: string;
  readonly value: readonly string[];
}

/**
 * Every option that the message sets, custom ones by their extension's name. Repeated options are set once a value.
 * @throws Error when an option's definition is not among the imports
 */
export function optionSettings<Desc extends DescMessage>(
  context: PrintContext,
  scope: string,
  schema: Desc,
  options: MessageShape<Desc>,
): OptionSetting[] {
  const text = toText(schema, options, { registry: context.registry, printUnknownFields: true });
  const lines = text.split("\n").slice(0, -1);
  const unknown = lines.map((line) => /^\s*(\d+): /.exec(line)?.[1]).find((number) => number !== undefined);
  if (unknown !== undefined) {
    throw new Error(
      `no import defines the option number ${unknown} set within ${schema.typeName} in ${scope}`,
    );
  }
  return settings(context, scope, lines, "");
}

/** `option name = value;` statements, for the body of a file, message, enum, service or method. */
export function optionStatements<Desc extends DescMessage>(
  context: PrintContext,
  scope: string,
  schema: Desc,
  options: MessageShape<Desc> | undefined,
): string[] {
  return options === undefined
    ? []
    : optionSettings(context, scope, schema, options).flatMap(({ name, value }) =>
        join(`option ${name} = `, value, ";"),
      );
}

/** ` [a = 1, b = 2]` for the end of a field or value: on one line where it fits. `tail` ends the statement. */
export function withOptions(head: string, options: readonly OptionSetting[], tail: string): string[] {
  if (options.length === 0) {
    return [`${head}${tail}`];
  }
  const flat = options.map(({ name, value }) => `${name} = ${value.join(" ")}`).join(", ");
  if (options.every(({ value }) => value.length === 1) && head.length + flat.length < 100) {
    return [`${head} [${flat}]${tail}`];
  }
  const list = options.flatMap(({ name, value }, index) =>
    join(`${name} = `, value, index + 1 < options.length ? "," : ""),
  );
  return [`${head} [`, ...indent(list), `]${tail}`];
}

/** Cuts the text format of an options message into its top-level entries. Its layout is one field a line. */
function settings(
  context: PrintContext,
  scope: string,
  lines: readonly string[],
  prefix: string,
): OptionSetting[] {
  const found: OptionSetting[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, key = "", first = ""] = /^([^\s:]+): (.*)$/.exec(lines[at] ?? "") ?? [];
    const name = prefix + optionName(context, scope, key);
    if (first !== "{") {
      found.push({ name, value: [first] });
      continue;
    }
    const end = lines.indexOf("}", at);
    const body = lines.slice(at + 1, end);
    if (key === "features" && prefix === "") {
      found.push(
        ...settings(
          context,
          scope,
          body.map((line) => line.slice(2)),
          "features.",
        ),
      );
    } else {
      found.push({ name, value: ["{", ...body, "}"] });
    }
    at = end;
  }
  return found;
}

function optionName(context: PrintContext, scope: string, key: string): string {
  return key.startsWith("[") ? `(${context.reference(scope, key.slice(1, -1))})` : key;
}

function join(head: string, value: readonly string[], tail: string): string[] {
  const lines = [...value];
  lines[0] = head + (lines[0] ?? "");
  lines[lines.length - 1] += tail;
  return lines;
}
