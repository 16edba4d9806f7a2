import { type DescMessage, type Message, toJson } from "@bufbuild/protobuf";

const redacted = "[redacted]";
const secretName = /authorization|cookie|passw|secret|token|credential|api_?key|private_?key/i;
const secretText = /\b(bearer|basic)\s+[\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*/gi;

/** Says whether a field's name sounds like a secret. */
export type IsSecret = (name: string) => boolean;

/** The built-in names, and those that an option adds. */
export function createIsSecret(more: RegExp | undefined): IsSecret {
  // A global or sticky expression remembers where it was: that would redact every other field only.
  const extra = more === undefined ? undefined : new RegExp(more.source, more.flags.replace(/[gy]/g, ""));
  return (name) => secretName.test(name) || extra?.test(name) === true;
}

/** Text without what looks like a credential or a JWT. */
export function redactText(text: string): string {
  return text.replace(secretText, redacted);
}

/** Fields for a log entry. */
export function redactFields(fields: Record<string, unknown>, isSecret: IsSecret): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      return [name, isSecret(name) ? redacted : typeof value === "string" ? redactText(value) : value];
    }),
  );
}

/** A message as JSON, with `debug_redact` fields (descriptor.proto) and secret-sounding ones redacted, however deep. */
export function redactMessage(desc: DescMessage, message: Message, isSecret: IsSecret): unknown {
  try {
    return walk(desc, toJson(desc, message), isSecret);
  } catch {
    // For example an Any of an unknown type: it must not fail the call.
    return `[${desc.typeName} has no JSON form]`;
  }
}

function walk(desc: DescMessage, json: unknown, isSecret: IsSecret): unknown {
  if (desc.typeName.startsWith("google.protobuf.") || typeof json !== "object" || json === null) {
    return json;
  }
  const copy: Record<string, unknown> = { ...json };
  for (const field of desc.fields) {
    const value = copy[field.jsonName];
    if (value === undefined) {
      continue;
    }
    if (field.proto.options?.debugRedact === true || isSecret(field.name)) {
      copy[field.jsonName] = redacted;
    } else if (field.message !== undefined) {
      const inner = field.message;
      if (Array.isArray(value)) {
        copy[field.jsonName] = value.map((item) => walk(inner, item, isSecret));
      } else if (field.fieldKind === "map") {
        const entries = Object.entries(value as object).map(([key, item]) => [
          key,
          walk(inner, item, isSecret),
        ]);
        copy[field.jsonName] = Object.fromEntries(entries);
      } else {
        copy[field.jsonName] = walk(inner, value, isSecret);
      }
    } else if (typeof value === "string") {
      copy[field.jsonName] = redactText(value);
    }
  }
  return copy;
}
