import { isFieldSet } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { type PrintContext, qualify } from "./print-context.ts";
import { indent, quote } from "./print-lines.ts";
import { isMapEntry, messageBody } from "./print-message.ts";
import { type OptionSetting, optionSettings, withOptions } from "./print-options.ts";

/**
 * A field or extension. `siblings` are the messages declared where it is declared: the entry of a map and the
 * message of a group are among them, and are written as part of the field.
 */
export function printField(
  context: PrintContext,
  scope: string,
  field: FieldDescriptorProto,
  siblings: readonly DescriptorProto[],
): string[] {
  const name = qualify(scope, field.name);
  const options = fieldOptions(context, scope, field);
  const own = ownMessage(scope, field, siblings);
  const comment = context.comment(field.extendee === "" ? "field" : "extension", name);
  if (own !== undefined && field.type === Type.GROUP) {
    const head = `${labelText(context, field)}group ${own.name} = ${field.number}`;
    const lines = withOptions(head, options, " {");
    return [...comment, ...lines, ...indent(messageBody(context, qualify(scope, own.name), own)), "}"];
  }
  const type = own === undefined ? typeText(context, scope, field) : mapText(context, scope, own);
  const label = own === undefined ? labelText(context, field) : "";
  return [...comment, ...withOptions(`${label}${type} ${field.name} = ${field.number}`, options, ";")];
}

/** The message that is declared by this very field: the entry of a map, or the body of a group. */
export function ownMessage(
  scope: string,
  field: FieldDescriptorProto,
  siblings: readonly DescriptorProto[],
): DescriptorProto | undefined {
  const found = siblings.find((message) => field.typeName === `.${qualify(scope, message.name)}`);
  return found !== undefined && (field.type === Type.GROUP || isMapEntry(found)) ? found : undefined;
}

function labelText(context: PrintContext, field: FieldDescriptorProto): string {
  if (field.label === Label.REPEATED) {
    return "repeated ";
  }
  if (field.label === Label.REQUIRED && context.syntax === "proto2") {
    return "required ";
  }
  const inOneof = isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) && !field.proto3Optional;
  const optional = context.syntax === "proto2" ? !inOneof : field.proto3Optional;
  return optional ? "optional " : "";
}

function typeText(context: PrintContext, scope: string, field: FieldDescriptorProto): string {
  return field.typeName === ""
    ? (Type[field.type]?.toLowerCase() ?? "")
    : context.reference(scope, field.typeName.replace(/^\./, ""));
}

function mapText(context: PrintContext, scope: string, entry: DescriptorProto): string {
  const [key, value] = entry.field.map((field) => typeText(context, scope, field));
  return `map<${key}, ${value}>`;
}

function fieldOptions(context: PrintContext, scope: string, field: FieldDescriptorProto): OptionSetting[] {
  const pseudo: OptionSetting[] = [];
  if (isFieldSet(field, FieldDescriptorProtoSchema.field.defaultValue)) {
    pseudo.push({ name: "default", value: [defaultText(field)] });
  }
  if (field.extendee === "" && field.jsonName !== "" && field.jsonName !== protoCamelCase(field.name)) {
    pseudo.push({ name: "json_name", value: [quote(field.jsonName)] });
  }
  return field.options === undefined
    ? pseudo
    : [...pseudo, ...optionSettings(context, scope, FieldOptionsSchema, field.options)];
}

/** Descriptors hold defaults as text; bytes are escaped there already, strings are not. */
function defaultText({ type, defaultValue }: FieldDescriptorProto): string {
  return type === Type.STRING
    ? quote(defaultValue)
    : type === Type.BYTES
      ? `"${defaultValue}"`
      : defaultValue;
}
