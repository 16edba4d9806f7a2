import { isFieldSet } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type DescriptorProto_ExtensionRange,
  ExtensionRangeOptionsSchema,
  FieldDescriptorProtoSchema,
  MessageOptionsSchema,
  type OneofDescriptorProto,
  OneofOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { type PrintContext, qualify } from "./print-context.ts";
import { printEnum } from "./print-enum.ts";
import { extendItems } from "./print-extend.ts";
import { ownMessage, printField } from "./print-field.ts";
import { block, spaced } from "./print-lines.ts";
import { optionSettings, optionStatements, withOptions } from "./print-options.ts";
import { rangeText, reservedLines, visibilityText } from "./print-reserved.ts";

/** Something in a body that may declare messages on the side: a map field, a group, an `extend` with a group. */
export interface BodyItem {
  readonly lines: readonly string[];
  readonly declares: readonly DescriptorProto[];
}

/** A message declaration with all that is in it. */
export function printMessage(context: PrintContext, scope: string, message: DescriptorProto): string[] {
  const name = qualify(scope, message.name);
  return [
    ...context.comment("message", name),
    ...block(
      `${visibilityText(message.visibility)}message ${message.name}`,
      messageBody(context, name, message),
    ),
  ];
}

/** What stands between the braces of the message `name`. */
export function messageBody(context: PrintContext, name: string, message: DescriptorProto): string[] {
  // A message set numbers its extensions up to the largest 32-bit integer; others have 29 bits.
  const max = message.options?.messageSetWireFormat ? 2 ** 31 - 2 : 2 ** 29 - 1;
  const reserved = message.reservedRange.map(({ start, end }) => rangeText(start, end - 1, max));
  return spaced([
    optionStatements(context, name, MessageOptionsSchema, message.options),
    reservedLines(context, reserved, message.reservedName),
    message.extensionRange.flatMap((range) => printExtensionRange(context, name, range, max)),
    ...message.enumType.map((descriptor) => printEnum(context, name, descriptor)),
    ...printBody(message.nestedType, {
      items: [
        ...memberItems(context, name, message),
        ...extendItems(context, name, message.extension, message.nestedType),
      ],
      print: (nested) => printMessage(context, name, nested),
    }),
  ]);
}

/**
 * Messages and the other items of a body. Descriptors list messages in the order of their declaration, those
 * that a map or group declares among them: a message is written before the item that it precedes there,
 * else after all items.
 */
export function printBody(
  messages: readonly DescriptorProto[],
  body: { readonly items: readonly BodyItem[]; print(message: DescriptorProto): string[] },
): (readonly string[])[] {
  const declared = new Set(body.items.flatMap((item) => item.declares));
  const waiting = messages.filter((message) => !declared.has(message));
  const before = (message: DescriptorProto) => {
    const end = messages.indexOf(message);
    const count = waiting.findIndex((candidate) => messages.indexOf(candidate) > end);
    return waiting.splice(0, count === -1 ? waiting.length : count);
  };
  const sections = body.items.flatMap((item) => [
    ...item.declares.flatMap(before).map(body.print),
    item.lines,
  ]);
  return [...sections, ...waiting.map(body.print)];
}

/** Whether the message is what a map field stands for, and so has no declaration of its own. */
export function isMapEntry(message: DescriptorProto): boolean {
  return message.options?.mapEntry === true;
}

function memberItems(context: PrintContext, name: string, message: DescriptorProto): BodyItem[] {
  const items: BodyItem[] = [];
  const seen = new Set<number>();
  for (const field of message.field) {
    const index = field.oneofIndex;
    const inOneof = isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) && !field.proto3Optional;
    const oneof = inOneof ? message.oneofDecl[index] : undefined;
    if (oneof === undefined) {
      const own = ownMessage(name, field, message.nestedType);
      const lines = printField(context, name, field, message.nestedType);
      items.push({ lines, declares: own === undefined ? [] : [own] });
    } else if (!seen.has(index)) {
      seen.add(index);
      items.push(oneofItem(context, name, message, oneof, index));
    }
  }
  return items;
}

function oneofItem(
  context: PrintContext,
  name: string,
  message: DescriptorProto,
  oneof: OneofDescriptorProto,
  index: number,
): BodyItem {
  const fields = message.field.filter(
    (field) => field.oneofIndex === index && isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex),
  );
  return {
    declares: fields.flatMap((field) => ownMessage(name, field, message.nestedType) ?? []),
    lines: [
      ...context.comment("oneof", `${name}.${oneof.name}`),
      ...block(
        `oneof ${oneof.name}`,
        spaced([
          optionStatements(context, name, OneofOptionsSchema, oneof.options),
          ...fields.map((field) => printField(context, name, field, message.nestedType)),
        ]),
      ),
    ],
  };
}

function printExtensionRange(
  context: PrintContext,
  name: string,
  range: DescriptorProto_ExtensionRange,
  max: number,
): string[] {
  const options =
    range.options === undefined
      ? []
      : optionSettings(context, name, ExtensionRangeOptionsSchema, range.options);
  return withOptions(`extensions ${rangeText(range.start, range.end - 1, max)}`, options, ";");
}
