/** A fenced block of code in a Markdown file. */
export interface CodeBlock {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The file that a comment just before the block names: `<!-- from path/of/file -->`. */
  readonly from: string | undefined;
}

export function readCodeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const fence = /^```(\S*)/.exec(lines[index] ?? "");
    if (fence === null) {
      continue;
    }
    const end = lines.indexOf("```", index + 1);
    if (end < 0) {
      throw new Error(`line ${index + 1}: the code block has no end`);
    }
    const before = lines.slice(0, index).findLast((line) => line.trim() !== "");
    blocks.push({
      line: index + 1,
      language: fence[1] ?? "",
      text: lines.slice(index + 1, end).join("\n"),
      from: /^<!-- from (\S+) -->$/.exec(before ?? "")?.[1],
    });
    index = end;
  }
  return blocks;
}

/** Whether the block is, line by line, a run of lines of the file; both may be indented differently as a whole. */
export function isExcerpt(block: string, file: string): boolean {
  const wanted = dedent(block.split("\n"));
  const lines = file.split("\n");
  return lines.some((_, start) => dedent(lines.slice(start, start + wanted.split("\n").length)) === wanted);
}

function dedent(lines: readonly string[]): string {
  const depths = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth)).join("\n");
}

/** The relative targets of links, without their anchors. */
export function readLinks(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
