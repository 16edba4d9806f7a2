/** @throws Error which says what was not as it should be */
export function expectEqual<T>(actual: T, expected: T, what: string): void {
  if (actual !== expected) {
    throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
  }
}

/** @throws Error which shows the text that the part is not in */
export function expectText(text: string, part: string): void {
  if (!text.includes(part)) {
    throw new Error(`${JSON.stringify(part)} is not in:\n${text.slice(-3000)}`);
  }
}
