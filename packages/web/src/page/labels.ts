/** Labels as text, one a line: `key = value`. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => (value === "" ? key : `${key} = ${value}`))
    .join("\n");
}

const keyPattern = /^[a-z]([a-z0-9._/-]{0,61}[a-z0-9])?$/;

/** The labels that a text of lines `key = value` means, or what is wrong with it. A key alone has the empty value. */
export function parseLabels(
  text: string,
):
  | { readonly ok: true; readonly labels: Record<string, string> }
  | { readonly ok: false; readonly problem: string } {
  const labels = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [first = "", ...rest] = line.split("=");
    const key = first.trim();
    const value = rest.join("=").trim();
    if (key === "" && rest.length === 0) {
      continue;
    }
    if (!keyPattern.test(key)) {
      return {
        ok: false,
        problem: `${key === "" ? "a key is missing" : `“${key}” is no key`}: it starts with a lower-case letter, then letters, digits, and . _ / - inside`,
      };
    }
    if (labels.has(key)) {
      return { ok: false, problem: `“${key}” is there twice` };
    }
    labels.set(key, value);
  }
  return { ok: true, labels: Object.fromEntries(labels) };
}
