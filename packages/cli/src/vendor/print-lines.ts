/** Indents by one level; empty lines stay empty. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

/** `head { … }` around the lines; `head {}` around none. */
export function block(head: string, body: readonly string[]): string[] {
  return body.length === 0 ? [`${head} {}`] : [`${head} {`, ...indent(body), "}"];
}

/** Text as line comments; no line for no text. */
export function commentLines(text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => (line === "" ? "//" : `// ${line}`.trimEnd()));
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** A Protobuf string literal: printable text as it is, control characters escaped. */
export function quote(text: string): string {
  const escaped = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped
    /[\\"\u0000-\u001f\u007f]/g,
    (char) => escapes[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}

/** Sections with an empty line around each one that takes more than one line. */
export function spaced(sections: readonly (readonly string[])[]): string[] {
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index, all) => {
      const before = all[index - 1];
      return before !== undefined && (before.length > 1 || section.length > 1) ? ["", ...section] : section;
    });
}
