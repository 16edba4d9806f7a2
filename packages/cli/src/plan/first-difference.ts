/** The first line in which two texts differ. */
export interface LineDifference {
  /** 1-based. */
  readonly line: number;
  /** The line of each text, "" past its end. */
  readonly found: string;
  readonly wanted: string;
}

export function firstDifference(found: string, wanted: string): LineDifference {
  const foundLines = found.split("\n");
  const wantedLines = wanted.split("\n");
  let index = 0;
  while (index < foundLines.length && foundLines[index] === wantedLines[index]) {
    index++;
  }
  return { line: index + 1, found: foundLines[index] ?? "", wanted: wantedLines[index] ?? "" };
}
