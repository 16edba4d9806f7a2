/**
 * Text that a client keeps and hands back without a look into it. It needs no signature: what one may read is decided by
 * the caller's partner, never by what such a text says.
 *
 * The characters of strings inside count as few as they can: a title of 200 characters has 800 bytes, which in base64 would
 * be over the 1,024 characters of a page token. So all that is not ASCII goes behind the rest as it is.
 */
export function encodeOpaque(value: unknown): string {
  const texts: string[] = [];
  const head = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "string" || /^[ -~]*$/.test(part)) {
      return part;
    }
    texts.push(part);
    return { text: part.length };
  });
  return toBase64Url(head) + (texts.length === 0 ? "" : `~${texts.join("")}`);
}

/** What was encoded, or undefined if it is not such a text. */
export function decodeOpaque(text: string): unknown {
  const end = text.indexOf("~");
  let rest = end === -1 ? "" : text.slice(end + 1);
  try {
    return JSON.parse(fromBase64Url(end === -1 ? text : text.slice(0, end)), (_key, part: unknown) => {
      if (typeof part !== "object" || part === null || !("text" in part)) {
        return part;
      }
      const own = rest.slice(0, part.text as number);
      rest = rest.slice(part.text as number);
      return own;
    });
  } catch {
    return undefined;
  }
}

function toBase64Url(ascii: string): string {
  return btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): string {
  return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
}
