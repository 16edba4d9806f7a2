/** One thing that the tutorial tells its reader to do. */
export type Step =
  | { readonly kind: "write"; readonly line: number; readonly path: string; readonly text: string }
  | {
      readonly kind: "run";
      readonly line: number;
      readonly command: string;
      /** What it prints; "…" alone on a line stands for any lines, inside of one for any text. */
      readonly output: readonly string[];
      readonly exitCode: number;
    };

/**
 * The steps of a page, in order: a block behind a line which is a path in backquotes and a colon is that file; a `console`
 * block has commands, each behind "$ ", and what they print. `<!-- exit code N -->` before one is that of its last command.
 *
 * @throws Error for a block that is neither, since nobody would follow it.
 */
export function readSteps(markdown: string): Step[] {
  const steps: Step[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(\S*)$/.exec(lines[index] ?? "")?.[1];
    if (language === undefined) {
      continue;
    }
    const end = lines.indexOf("```", index + 1);
    if (end < 0) {
      throw new Error(`line ${index + 1}: the code block has no end`);
    }
    const block = lines.slice(index + 1, end);
    const before = lines.slice(0, index).findLast((line) => line.trim() !== "") ?? "";
    const path = /^`([^`]+)`:$/.exec(before)?.[1];
    if (language === "console") {
      const exitCode = Number(/^<!-- exit code (\d+) -->$/.exec(before)?.[1] ?? 0);
      steps.push(...readCommands(block, index + 2, exitCode));
    } else if (path !== undefined) {
      steps.push({ kind: "write", line: index + 1, path, text: `${block.join("\n")}\n` });
    } else {
      throw new Error(`line ${index + 1}: neither a file nor commands`);
    }
    index = end;
  }
  return steps;
}

function readCommands(block: readonly string[], firstLine: number, exitCode: number): Step[] {
  const starts = block.flatMap((line, index) => (line.startsWith("$ ") ? [index] : []));
  if (starts[0] !== 0) {
    throw new Error(`line ${firstLine}: a console block begins with a command`);
  }
  return starts.map((start, index) => ({
    kind: "run",
    line: firstLine + start,
    command: (block[start] ?? "").slice(2),
    output: block.slice(start + 1, starts[index + 1] ?? block.length),
    exitCode: index === starts.length - 1 ? exitCode : 0,
  }));
}

/** Whether that is what was printed. Expecting nothing accepts anything: npm's chatter is not worth a line. */
export function isOutput(printed: string, expected: readonly string[]): boolean {
  if (expected.length === 0) {
    return true;
  }
  const pattern = expected
    .map((line) =>
      line.trim() === "…"
        ? "(?:.*\n)*?"
        : `${line.trimEnd().split("…").map(escapeRegExp).join(".*")}[ \t]*\n`,
    )
    .join("");
  return new RegExp(`^${pattern}$`).test(`${printed.trimEnd()}\n`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
