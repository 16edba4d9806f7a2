import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Document, isMap, isNode, isPair, LineCounter, type Node, parseDocument, visit } from "yaml";
import { failure, systemErrorCode, WirehouseError } from "../errors.ts";
import type { Finding } from "../report/finding.ts";

/** A parsed YAML file that still knows where each of its values stands. */
export interface YamlFile {
  /** Relative to the workspace root, forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly value: unknown;
  /** The place of the value at `keys`, or of the nearest one above it that exists. */
  locate(keys: readonly PropertyKey[]): Pick<Finding, "path" | "line" | "column" | "source">;
}

/**
 * Reads and parses `root/path`; `undefined` where there is no such file.
 * @throws WirehouseError CONFIG when it does not parse (with line and column) or cannot be read.
 */
export function readYamlFile(root: string, path: string): YamlFile | undefined {
  let text: string;
  try {
    text = readFileSync(join(root, path), "utf8");
  } catch (reason) {
    if (systemErrorCode(reason) === "ENOENT") {
      return undefined;
    }
    throw failure("CONFIG", `${path} cannot be read: ${systemErrorCode(reason) ?? String(reason)}`, {
      path,
      cause: reason,
    });
  }
  return parseYamlFile(path, text);
}

/** @throws WirehouseError CONFIG when the text is not YAML. */
export function parseYamlFile(path: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const lines = text.split(/\r?\n/);
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { path, line, column: col, source: lines[line - 1] ?? "" };
  };
  const faults = [
    ...document.errors.map((error) => ({ message: error.message, offset: error.pos[0] })),
    ...unresolvedAliases(document),
  ];
  if (faults.length > 0) {
    throw new WirehouseError(
      "CONFIG",
      faults.map(
        ({ message, offset }): Finding => ({
          rule: "CONFIG",
          severity: "error",
          message: `${path} is not valid YAML: ${message}`,
          ...place(offset),
        }),
      ),
    );
  }
  return {
    path,
    text,
    value: document.toJS() as unknown,
    locate: (keys) => place(offsetOf(document, keys)),
  };
}

function unresolvedAliases(document: Document): { message: string; offset: number }[] {
  const found: { message: string; offset: number }[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) === undefined) {
        const message = `there is no anchor named ${node.source} before this alias`;
        found.push({ message, offset: node.range?.[0] ?? 0 });
      }
    },
  });
  return found;
}

function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  let node: Node | null = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isNode(item.key) && item.key.toJSON() === key);
      if (pair === undefined || !isNode(pair.key)) {
        return offset;
      }
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else {
      const child = isNode(node) && "items" in node ? node.items[Number(key)] : undefined;
      if (!isNode(child)) {
        return offset;
      }
      node = child;
      offset = child.range?.[0] ?? offset;
    }
  }
  return offset;
}

/**
 * Validates a file's value, reporting every fault at once, each at its place.
 * @throws WirehouseError CONFIG
 */
export function validateYaml<Schema extends v.GenericSchema>(
  file: YamlFile,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, file.value ?? {});
  if (result.success) {
    return result.output;
  }
  throw new WirehouseError(
    "CONFIG",
    result.issues.map((issue) => issueToFinding(file, schema, issue)),
  );
}

function issueToFinding(file: YamlFile, schema: v.GenericSchema, issue: v.BaseIssue<unknown>): Finding {
  const keys = (issue.path ?? []).map((item) => item.key as PropertyKey);
  const name = keys.length === 0 ? "the file" : `"${keys.join(".")}"`;
  const base = { rule: "CONFIG", severity: "error", ...file.locate(keys) } as const;
  if (issue.type === "strict_object" && issue.expected === "never") {
    const allowed = allowedKeys(schema, keys.slice(0, -1));
    return {
      ...base,
      message: `unknown key ${name}`,
      help: `the keys allowed here are ${allowed.join(", ")}`,
    };
  }
  if (issue.type === "strict_object" && issue.received === "undefined") {
    return { ...base, message: `${name} is missing` };
  }
  if (issue.type === "check" || issue.type === "custom") {
    return { ...base, message: `${name}: ${issue.message}` };
  }
  return {
    ...base,
    message: `${name} has a wrong value: expected ${describe(issue.expected ?? issue.type)}, found ${describe(issue.received)}`,
  };
}

/** valibot's type names in the words that YAML uses. */
function describe(type: string): string {
  return type.replaceAll("Array", "a list").replaceAll("Object", "a mapping").replaceAll("null", "nothing");
}

/** The keys that the schema allows in the mapping at `keys`. */
function allowedKeys(schema: v.GenericSchema, keys: readonly PropertyKey[]): string[] {
  const node = schema as {
    entries?: Record<string, v.GenericSchema>;
    item?: v.GenericSchema;
    value?: v.GenericSchema;
    wrapped?: v.GenericSchema;
    options?: readonly v.GenericSchema[];
  };
  if (node.wrapped !== undefined) {
    return allowedKeys(node.wrapped, keys);
  }
  if (Array.isArray(node.options) && typeof node.options[0] === "object") {
    return node.options.flatMap((option) => allowedKeys(option, keys));
  }
  const [first, ...rest] = keys;
  if (first === undefined) {
    return Object.keys(node.entries ?? {});
  }
  const child = node.entries?.[String(first)] ?? node.item ?? node.value;
  return child === undefined ? [] : allowedKeys(child, rest);
}
