import { type EnumDescriptorProto, EnumOptionsSchema, EnumValueOptionsSchema } from "@bufbuild/protobuf/wkt";
import { type PrintContext, qualify } from "./print-context.ts";
import { block, spaced } from "./print-lines.ts";
import { optionSettings, optionStatements, withOptions } from "./print-options.ts";
import { rangeText, reservedLines, visibilityText } from "./print-reserved.ts";

const maxEnumNumber = 2 ** 31 - 1;

/** An enum declaration. Its values are siblings of the enum, so `scope` is theirs too. */
export function printEnum(context: PrintContext, scope: string, descriptor: EnumDescriptorProto): string[] {
  const name = qualify(scope, descriptor.name);
  const ranges = descriptor.reservedRange.map(({ start, end }) => rangeText(start, end, maxEnumNumber));
  const values = descriptor.value.map((value) => [
    ...context.comment("enum value", `${name}.${value.name}`),
    ...withOptions(
      `${value.name} = ${value.number}`,
      value.options === undefined
        ? []
        : optionSettings(context, scope, EnumValueOptionsSchema, value.options),
      ";",
    ),
  ]);
  return [
    ...context.comment("enum", name),
    ...block(
      `${visibilityText(descriptor.visibility)}enum ${descriptor.name}`,
      spaced([
        optionStatements(context, scope, EnumOptionsSchema, descriptor.options),
        reservedLines(context, ranges, descriptor.reservedName),
        ...values,
      ]),
    ),
  ];
}
